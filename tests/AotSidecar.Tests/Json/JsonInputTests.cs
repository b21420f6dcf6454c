using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AotSidecar.Json;

namespace AotSidecar.Tests.Json;

public sealed class JsonInputTests
{
    [Theory]
    [InlineData("", "invalid_json", null)]
    [InlineData("null", "invalid_json", null)]
    [InlineData("[]", "invalid_json", null)]
    [InlineData("""{"name":"a",}""", "invalid_json", null)]
    [InlineData("""{"name":"a"}{}""", "invalid_json", null)]
    [InlineData("""{"name":"a","name":"a"}""", "invalid_json", null)]
    [InlineData("""{"name":"a","any":{"a":1,"a":2}}""", "invalid_json", null)]
    [InlineData("""{"name":"a","\ud800":1}""", "invalid_json", null)]
    [InlineData("""{"name":"a","any":[[[[[[[[[]]]]]]]]]}""", "invalid_json", null)]
    [InlineData("{}", "missing_field", "name")]
    [InlineData("""{"name":"a","inner":{"items":[{"name":"b"},{}]}}""", "missing_field", "inner.items[1].name")]
    [InlineData("""{"name":"a","inner":{"items":[{"name":5}]}}""", "invalid_field", "inner.items[0].name")]
    [InlineData("""{"name":"a","inner":{"items":[{"name":"b","nope":5}]}}""", "unknown_field", "inner.items[0].nope")]
    [InlineData("""{"name":"a","inner":{"items":{}}}""", "invalid_field", "inner.items")]
    [InlineData("""{"name":"a","inner":null}""", "invalid_field", "inner")]
    [InlineData("""{"name":"a","inner":5}""", "invalid_field", "inner")]
    [InlineData("""{"name":null}""", "invalid_field", "name")]
    [InlineData("""{"name":"\ud800"}""", "invalid_field", "name")]
    [InlineData("""{"name":"a","count":1.5}""", "invalid_field", "count")]
    [InlineData("""{"name":"a","count":99999999999}""", "invalid_field", "count")]
    [InlineData("""{"name":"a","an odd.name":1}""", "unknown_field", "an odd.name")]
    [InlineData("""{"name":"a","NAME":1}""", "unknown_field", "NAME")]
    public void TryRead_OfAFault_NamesItsKindAndItsPlace(string json, string code, string? path)
    {
        Assert.False(JsonInput.TryRead(Encoding.UTF8.GetBytes(json), InputJson.Strict.InputOuter, out var value, out var fault));

        Assert.Null(value);
        Assert.Equal((code, path), (fault.Code, fault.Path));
    }

    [Fact]
    public void TryRead_OfBytesThatAreNotUtf8_NamesTheMember()
    {
        Assert.False(JsonInput.TryRead([.. "{\"name\":\"a"u8, 0xff, .. "\"}"u8], InputJson.Strict.InputOuter, out _, out var fault));

        Assert.Equal(("invalid_field", "name"), (fault.Code, fault.Path));
    }

    [Fact]
    public void TryRead_OfALongUnknownName_ShowsItsBeginning()
    {
        var json = Encoding.UTF8.GetBytes($$"""{"name":"a","{{new string('n', 1000)}}":1}""");

        Assert.False(JsonInput.TryRead(json, InputJson.Strict.InputOuter, out _, out var fault));

        Assert.Equal(new string('n', 64), fault.Path);
    }

    [Fact]
    public void TryRead_OfWhatIsInOrder_GivesTheRecord()
    {
        Assert.True(JsonInput.TryRead("""{"name":"a","inner":{"items":[{"name":"b"}]}}"""u8, InputJson.Strict.InputOuter, out var value, out var fault));

        Assert.Null(fault);
        Assert.Equal("b", value.Inner!.Items![0].Name);
    }

    [Fact]
    public void TryRead_WhereUnknownMembersAreIgnored_IgnoresThem()
    {
        Assert.True(JsonInput.TryRead("""{"name":"a","nope":1,"nope":2}"""u8, InputJson.Default.InputOuter, out var value, out _));

        Assert.Equal("a", value.Name);
    }

    [Fact]
    public void TryRead_OfAnAbsentElement_ReadsAnEmptyObject()
    {
        Assert.False(JsonInput.TryRead(default(JsonElement), InputJson.Default.InputOuter, out _, out var fault));

        Assert.Equal(("missing_field", "name"), (fault.Code, fault.Path));
    }
}

internal sealed record InputOuter
{
    public required string Name { get; init; }

    [DisallowNull]
    public InputInner? Inner { get; init; }

    public int Count { get; init; }

    public JsonElement Any { get; init; }
}

internal sealed record InputInner
{
    public IReadOnlyList<InputItem>? Items { get; init; }
}

internal sealed record InputItem
{
    public required string Name { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(InputOuter))]
internal sealed partial class InputJson : JsonSerializerContext
{
    public static InputJson Strict { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        MaxDepth = 8,
    });
}
