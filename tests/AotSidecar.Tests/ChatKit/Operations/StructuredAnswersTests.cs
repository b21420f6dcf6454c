using AotSidecar.ChatKit.Operations;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;

namespace AotSidecar.Tests.ChatKit.Operations;

public sealed class StructuredAnswersTests
{
    private static readonly StructuredInputItem Questions = new()
    {
        Id = "si",
        ThreadId = "t",
        CreatedAt = DateTime.UnixEpoch,
        Inputs =
        [
            new MultipleChoiceInput { Id = "one", Question = "One?", Options = [new ChoiceOption("a")] },
            new MultipleChoiceInput { Id = "many", Question = "Many?", Options = [new ChoiceOption("a")], Multiple = true },
            new FreeformInput { Id = "free", Question = "Why?" },
        ],
    };

    [Fact]
    public void Apply_AnswersToAll_KeepsThemAndOneOfASingleChoice()
    {
        var item = Apply(skipped: false, ("one", ["mine", "b"]), ("many", ["a", "b"]), ("free", ["because"]));

        Assert.Equal("answered", item.Status);
        Assert.Equal(["mine", "a,b", "because"], item.Inputs.Select(static input => string.Join(',', input.Answer!.Values)));
        Assert.All(item.Inputs, static input => Assert.False(input.Answer!.Skipped));
    }

    [Fact]
    public void Apply_WithoutAnAnswer_MarksTheQuestionSkipped()
    {
        var item = Apply(skipped: false, ("one", ["a"]), ("many", []), ("unknown", ["x"]));

        Assert.Equal("answered", item.Status);
        Assert.Equal([false, true, true], item.Inputs.Select(static input => input.Answer!.Skipped));
        Assert.All(item.Inputs.Skip(1), static input => Assert.Empty(input.Answer!.Values));
    }

    [Fact]
    public void Apply_OfASkippedForm_SkipsAllWhateverTheAnswers()
    {
        var item = Apply(skipped: true, ("one", ["a"]));

        Assert.Equal("skipped", item.Status);
        Assert.All(item.Inputs, static input => Assert.Equal((0, true), (input.Answer!.Values.Count, input.Answer.Skipped)));
    }

    [Fact]
    public void Apply_OfAnAnswerMarkedSkipped_DropsItsValues()
    {
        var answers = new Dictionary<string, StructuredAnswer> { ["free"] = new() { Values = ["x"], Skipped = true } };

        var item = StructuredAnswers.Apply(Questions, new ChatKitRequest.AddStructuredInput("t", "si", Skipped: false, answers));

        Assert.Empty(item.Inputs[2].Answer!.Values);
        Assert.True(item.Inputs[2].Answer!.Skipped);
    }

    private static StructuredInputItem Apply(bool skipped, params (string Id, string[] Values)[] answers) => StructuredAnswers.Apply(
        Questions,
        new ChatKitRequest.AddStructuredInput(
            "t", "si", skipped, answers.ToDictionary(a => a.Id, a => new StructuredAnswer { Values = a.Values })));
}
