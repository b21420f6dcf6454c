using System.Reflection;

namespace AotSidecar.Tests.Providers;

/// <summary>Every case of docs/providers.md#cases, and what holds it: a recorded stream with its snapshot, a test, or both.</summary>
public sealed class CaseTableTests
{
    private const int Count = 40;

    private static readonly Dictionary<int, Held> Cases = new()
    {
        [1] = new(["resp-text"]),
        [2] = new(
            ["resp-text"],
            nameof(StreamCutTests.Stream_CutIntoTwoReadsAnywhere_GivesTheSameEvents),
            nameof(StreamCutTests.Stream_WithOtherLineEndsCutAnywhere_GivesTheSameEvents)),
        [3] = new([], nameof(StreamFramingTests.Stream_AfterByteOrderMark_GivesTheSameEvents), nameof(StreamFramingTests.Stream_FramedAtRandom_GivesTheSameEvents)),
        [4] = new([], nameof(StreamFramingTests.Stream_FramedOtherwise_GivesTheSameEvents)),
        [5] = new([], nameof(StreamFramingTests.Stream_FramedOtherwise_GivesTheSameEvents)),
        [6] = new([], nameof(ResponsesTurnTests.Text_WithTypeLastInEveryObject_GivesTheSameEvents)),
        [7] = new(
            [],
            nameof(ResponsesTurnTests.Text_WithoutSequenceNumbers_GivesTheSameEvents),
            nameof(ResponsesTurnTests.Text_WithEqualSequenceNumbers_GivesTheSameEvents),
            nameof(ResponsesTurnTests.Text_WithDescendingSequenceNumbers_GivesTheSameEvents)),
        [8] = new([], nameof(ResponsesTurnTests.Text_WithEveryEventTwice_GivesTheSameEvents)),
        [9] = new([], nameof(ResponsesTurnTests.Text_WithAnotherItemIdInEachEvent_GivesTheSameEvents)),
        [10] = new(["resp-reasoning"], nameof(ResponsesTurnTests.Reasoning_KeepsTheFinishedItem)),
        [11] = new([], nameof(ResponsesTurnTests.Reasoning_WithoutPartEvents_GivesTheSameEvents)),
        [12] = new([], nameof(ResponsesTurnTests.RawReasoning_WithAnIndexPerPiece_IsOneText)),
        [13] = new(["resp-refusal"]),
        [14] = new(["resp-web-search"]),
        [15] = new([], nameof(ResponsesTurnTests.WebSearch_WithoutDetails_HasEmptyDetail)),
        [16] = new(["resp-file-search"]),
        [17] = new(["resp-image"]),
        [18] = new(
            [],
            nameof(StreamMemoryTests.FinalResponse_WithThePictureAgain_IsNotCopied),
            nameof(StreamMemoryTests.Preview_OfManyMebibytes_IsHeldOnceAsText)),
        [19] = new([], nameof(ResponsesTurnTests.Text_OfOneMillionBytes_Arrives), nameof(ResponsesTurnTests.Text_OfTenThousandPieces_Arrives)),
        [20] = new(["resp-function"]),
        [21] = new([], nameof(ResponsesTurnTests.FunctionCall_WithoutOneKindOfEvent_GivesTheSameEvents)),
        [22] = new(["resp-function-parallel"]),
        [23] = new([], nameof(ResponsesTurnTests.FunctionCalls_Interleaved_AreKeptApart)),
        [24] = new(
            [],
            nameof(ResponsesTurnTests.FunctionCall_NamedParallel_IsTakenApart),
            nameof(ResponsesTurnTests.FunctionCall_NamedParallelWithOtherArguments_IsPassedOn)),
        [25] = new(["resp-incomplete-max-tokens"], nameof(ResponsesTurnTests.Incomplete_NamedCompleted_IsIncomplete)),
        [26] = new(["resp-incomplete-content-filter"]),
        [27] = new(["resp-failed-quota"], nameof(ModelClientTests.Ask_WhenTheStreamFails_AsksAgainOnlyIfNothingWasSeen)),
        [28] = new(["resp-failed-only"], nameof(ModelClientTests.Ask_WhenTheStreamSaysRateLimit_WaitsAsTold)),
        [29] = new(["resp-failed-context"]),
        [30] = new(["resp-error-midstream"], nameof(ModelClientTests.Ask_WhenTheStreamFails_AsksAgainOnlyIfNothingWasSeen)),
        [31] = new(["resp-cancelled-cut"], nameof(ModelClientTimeTests.Ask_WhenCancelledWhileWaiting_ThrowsAndClosesTheConnection)),
        [32] = new([], nameof(ResponsesTurnTests.Cancelled_ByTheProvider_IsAFailure)),
        [33] = new(["resp-mcp-approval", "resp-mcp-call"]),
        [34] = new(
            ["resp-robustness"],
            nameof(ResponsesTurnTests.Robustness_WithoutTheOddEvents_GivesTheSameEvents),
            nameof(StreamMemoryTests.UnknownType_IsLoggedOnce)),
        [35] = new(
            [],
            nameof(ResponsesTurnTests.OneBrokenEvent_IsSkipped),
            nameof(ResponsesTurnTests.TwoBrokenEvents_EndTheTurn),
            nameof(ResponsesTurnTests.Text_WithHalfSurrogates_IsJoinedOrReplaced)),
        [36] = new(["chat-text", "chat-tools", "chat-refusal"]),
        [37] = new(["chat-azure", "chat-deepseek", "chat-openrouter", "chat-mistral"]),
        [38] = new(
            ["chat-gemini", "chat-ollama"],
            nameof(ChatTurnTests.ToolCalls_OfAnyShape_AreTwo),
            nameof(ChatTurnTests.ToolCall_WithMembersOfItsOwn_KeepsThem)),
        [39] = new(
            ["chat-vllm-error", "chat-llamacpp-error", "chat-cut"],
            nameof(ModelClientTests.Ask_WhenTheReplyIsNoAnswer_FailsOnce),
            nameof(ChatTurnTests.Answer_OfNothing_IsAFailure)),
        [40] = new(
            [],
            nameof(ModelClientTests.Ask_WhenRefused_FailsInOurWords),
            nameof(ModelClientTests.Ask_WhenRateLimitedOnce_WaitsAndSucceeds),
            nameof(ModelClientTests.Ask_WhenNobodyListens_TriesThreeTimes),
            nameof(TransportTests.Ask_WithACertificateNobodyKnows_Refuses),
            nameof(ModelClientTimeTests.Ask_WhenNothingIsAnswered_TimesOutOnce),
            nameof(ModelClientTimeTests.Ask_WhenNoEventComes_TimesOutAfterFiveMinutes),
            nameof(ModelClientTests.Ask_WhenTheReasoningIsStale_AsksOnceMoreWithoutIt),
            nameof(ModelClientTests.Ask_WhenAMemberIsRefused_LeavesItOutFromThenOn),
            nameof(ModelClientTests.Ask_WhenResetAfterTheStart_AsksAgain),
            nameof(ModelClientTests.Ask_WhenCutAfterText_KeepsTheTextAndFails)),
    };

    [Fact]
    public void Cases_OfTheSpecification_AreAllHeld() => Assert.Equal(Enumerable.Range(1, Count), Cases.Keys.Order());

    [Fact]
    public void Cases_AreHeldByWhatRuns()
    {
        var tests = typeof(CaseTableTests).Assembly.GetTypes()
            .Where(type => type.Namespace == typeof(CaseTableTests).Namespace)
            .SelectMany(type => type.GetMethods())
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .Select(method => method.Name)
            .ToHashSet();

        var idle = Cases.Where(pair => pair.Value.Fixtures.Length + pair.Value.Tests.Length == 0
            || !pair.Value.Tests.All(tests.Contains)
            || !pair.Value.Fixtures.All(Fixture.Names.Contains));

        Assert.Empty(idle.Select(pair => pair.Key));
    }

    /// <param name="Fixtures">Recordings whose events are on file.</param>
    private sealed record Held(string[] Fixtures, params string[] Tests);
}
