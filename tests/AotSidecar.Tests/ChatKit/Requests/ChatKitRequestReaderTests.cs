using System.Text.Json.Nodes;
using System.Text;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.ChatKit.Requests;
using AotSidecar.Failures;

namespace AotSidecar.Tests.ChatKit.Requests;

public sealed class ChatKitRequestReaderTests
{
    private const string Input = """{"content":[{"type":"input_text","text":"hi"}],"attachments":[],"inference_options":{}}""";
    private const string Create = $$"""{"type":"threads.create","params":{"input":{{Input}} } }""";

    public static TheoryData<string, string> Operations => new()
    {
        { "threads.create", $"\"input\":{Input}" },
        { "threads.add_user_message", $"\"thread_id\":\"t\",\"input\":{Input}" },
        { "threads.add_client_tool_output", "\"thread_id\":\"t\",\"result\":null" },
        { "threads.add_structured_input", "\"thread_id\":\"t\",\"item_id\":\"i\",\"input\":{}" },
        { "threads.retry_after_item", "\"thread_id\":\"t\",\"item_id\":\"i\"" },
        { "threads.custom_action", "\"thread_id\":\"t\",\"action\":{\"type\":\"go\"}" },
        { "threads.sync_custom_action", "\"thread_id\":\"t\",\"item_id\":null,\"action\":{\"type\":\"go\"}" },
        { "threads.get_by_id", "\"thread_id\":\"t\"" },
        { "threads.list", "" },
        { "items.list", "\"thread_id\":\"t\"" },
        { "threads.update", "\"thread_id\":\"t\",\"title\":\"n\"" },
        { "threads.delete", "\"thread_id\":\"t\"" },
        { "items.feedback", "\"thread_id\":\"t\",\"item_ids\":[],\"kind\":\"positive\"" },
        { "attachments.create", "\"name\":\"a\",\"size\":1,\"mime_type\":\"text/plain\"" },
        { "attachments.delete", "\"attachment_id\":\"a\"" },
        { "input.transcribe", "\"audio_base64\":\"AAA=\",\"mime_type\":\"audio/webm;codecs=opus\"" },
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Read_EveryOperation_InBothSpellings(string type, string members)
    {
        var dotted = Read($$"""{"type":"{{type}}","params":{ {{members}} } }""");
        var underscored = Read($$"""{"type":"{{type.Replace('.', '_')}}","params":{ {{members}} } }""");

        Assert.Equal(dotted.GetType(), underscored.GetType());
        Assert.Equal(
            type is "threads.create" or "threads.add_user_message" or "threads.add_client_tool_output"
                or "threads.add_structured_input" or "threads.retry_after_item" or "threads.custom_action",
            dotted.Streams);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void Read_WithUnknownMembersAtEveryLevelAndInAnyOrder_IsTheSame(string type, string members)
    {
        var node = JsonNode.Parse($$"""{"params":{"zz":{"a":1},{{(members.Length > 0 ? members : "\"y\":1")}} },"x":[null],"type":"{{type}}"}""")!;
        foreach (var inner in node["params"]!.AsObject().Select(member => member.Value).OfType<JsonObject>().ToArray())
        {
            inner["unknown_inside"] = true;
        }

        var request = Read(node.ToJsonString());

        Assert.Equal(Read($$"""{"type":"{{type}}","params":{ {{members}} } }""").GetType(), request.GetType());
    }

    [Theory]
    [InlineData("{}", "unknown_request_type", "type")]
    [InlineData("""{"type":5,"params":{}}""", "unknown_request_type", "type")]
    [InlineData("""{"type":null,"params":{}}""", "unknown_request_type", "type")]
    [InlineData("""{"type":"threads.explode","params":{}}""", "unknown_request_type", "type")]
    [InlineData("""{"type":"Threads.Create","params":{}}""", "unknown_request_type", "type")]
    [InlineData("""{"type":"threads.create","params":{}}""", "missing_field", "params.input")]
    [InlineData("""{"type":"threads.create","params":{"input":{}}}""", "empty_message", "params.input.content")]
    [InlineData("""{"type":"threads.create","params":[]}""", "invalid_type", "params")]
    [InlineData("""{"type":"threads.create","params":null}""", "missing_field", "params.input")]
    [InlineData("""{"type":"threads.create","params":{"input":{"content":"hi","attachments":[],"inference_options":{}}}}""", "invalid_type", "params.input.content")]
    [InlineData("""{"type":"threads.create","params":{"input":{"content":[5],"attachments":[],"inference_options":{}}}}""", "invalid_type", "params.input.content[0]")]
    [InlineData("""{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":5}],"attachments":[],"inference_options":{}}}}""", "invalid_type", "params.input.content[0].text")]
    [InlineData("""{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":"a"}],"attachments":[1],"inference_options":{}}}}""", "invalid_type", "params.input.attachments[0]")]
    [InlineData("""{"type":"threads.create","params":{"input":{"content":[],"attachments":[],"inference_options":{}}}}""", "empty_message", "params.input.content")]
    [InlineData("""{"type":"threads.create","params":{"input":{"content":[{"type":"input_text","text":" \n\t"}],"attachments":[],"inference_options":{}}}}""", "empty_message", "params.input.content")]
    [InlineData("""{"type":"threads.create","params":{"input":{"content":[{"type":"input_image","text":"a"}],"attachments":[],"inference_options":{}}}}""", "unknown_content_type", "params.input.content[0].type")]
    [InlineData("""{"type":"threads.get_by_id","params":{"thread_id":7}}""", "invalid_type", "params.thread_id")]
    [InlineData("""{"type":"threads.get_by_id","params":{"thread_id":""}}""", "invalid_field", "params.thread_id")]
    [InlineData("""{"type":"threads.get_by_id","params":{"thread_id":"a\u0000b"}}""", "invalid_field", "params.thread_id")]
    [InlineData("""{"type":"threads.list","params":{"limit":-1}}""", "invalid_field", "params.limit")]
    [InlineData("""{"type":"threads.list","params":{"limit":1.5}}""", "invalid_field", "params.limit")]
    [InlineData("""{"type":"threads.list","params":{"limit":"5"}}""", "invalid_type", "params.limit")]
    [InlineData("""{"type":"threads.list","params":{"limit":99999999999}}""", "invalid_field", "params.limit")]
    [InlineData("""{"type":"threads.list","params":{"order":"up"}}""", "invalid_field", "params.order")]
    [InlineData("""{"type":"items.feedback","params":{"thread_id":"t","item_ids":[],"kind":"meh"}}""", "invalid_field", "params.kind")]
    [InlineData("""{"type":"items.feedback","params":{"thread_id":"t","item_ids":[1],"kind":"positive"}}""", "invalid_type", "params.item_ids[0]")]
    [InlineData("""{"type":"threads.add_structured_input","params":{"thread_id":"t","item_id":"i","input":{"status":"maybe"}}}""", "invalid_field", "params.input.status")]
    [InlineData("""{"type":"threads.add_structured_input","params":{"thread_id":"t","item_id":"i","input":{"answers":{"q":5}}}}""", "invalid_type", "params.input.answers.q")]
    [InlineData("""{"type":"attachments.create","params":{"name":"","size":1,"mime_type":"a/b"}}""", "invalid_field", "params.name")]
    [InlineData("""{"type":"attachments.create","params":{"name":"a","size":-1,"mime_type":"a/b"}}""", "invalid_field", "params.size")]
    [InlineData("""{"type":"attachments.create","params":{"name":"a","size":"1","mime_type":"a/b"}}""", "invalid_type", "params.size")]
    [InlineData("""{"type":"attachments.create","params":{"name":"a","size":1,"mime_type":"image/png\r\nX: y"}}""", "invalid_field", "params.mime_type")]
    [InlineData("""{"type":"attachments.create","params":{"name":"a","size":1,"mime_type":"image/é"}}""", "invalid_field", "params.mime_type")]
    [InlineData("""{"type":"attachments.create","params":{"name":"a","size":1,"mime_type":"image"}}""", "invalid_field", "params.mime_type")]
    [InlineData("""{"type":"input.transcribe","params":{"audio_base64":"*","mime_type":"a/b"}}""", "invalid_field", "params.audio_base64")]
    [InlineData("""{"type":"input.transcribe","params":{"audio_base64":"","mime_type":"a/b"}}""", "invalid_field", "params.audio_base64")]
    [InlineData("""{"type":"threads.list","params":{},"metadata":[]}""", "invalid_type", "metadata")]
    public void Read_OfAMalformedRequest_NamesCodeAndMember(string json, string code, string param)
    {
        var problem = Refused(json);

        Assert.Equal(400, problem.Status);
        Assert.Equal(code, problem.Code);
        Assert.Equal(param, problem.Param);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"x\"")]
    [InlineData("""{"type":"threads.list","params":{},}""")]
    [InlineData("""{"type":"threads.list","params":{}}{}""")]
    [InlineData("""{"type":"threads.list","params":{} /* c */}""")]
    [InlineData("""{"type":"threads.list","type":"threads.list","params":{}}""")]
    [InlineData("""{"type":"threads.list","params":{"limit":1,"limit":2}}""")]
    [InlineData("""{"type":"threads.list","params":{"limit":NaN}}""")]
    [InlineData("""{"type":"threads.list","params":{"x":1e400}}""")]
    [InlineData("""{"type":"threads.list","params":{"x":-1e999}}""")]
    public void Read_OfWhatIsNoJsonObject_IsRefused(string json)
    {
        var problem = Refused(json);

        Assert.Equal(400, problem.Status);
        Assert.True(problem.Code is "invalid_json" or "invalid_field", problem.Code);
    }

    [Fact]
    public void Read_OfInvalidUtf8_IsRefused()
    {
        var body = Encoding.UTF8.GetBytes("""{"type":"threads.get_by_id","params":{"thread_id":"?"}}""");
        body[Array.IndexOf(body, (byte)'?')] = 0xff;

        var problem = Assert.Throws<FailureException>(() => ChatKitRequestReader.Read(body)).Failure;

        Assert.Equal(400, problem.Status);
    }

    [Fact]
    public void Read_OfATextOverTheCap_IsTooLong()
    {
        var json = Create.Replace("hi", new string('a', 1_000_001));

        Assert.Equal("text_too_long", Refused(json).Code);
    }

    [Theory]
    [InlineData("content", """{"type":"input_text","text":"a"}""")]
    [InlineData("attachments", "\"a\"")]
    public void Read_OfTenThousandElements_IsTooMany(string member, string element)
    {
        var input = JsonNode.Parse(Input)!;
        input[member] = JsonNode.Parse($"[{string.Join(',', Enumerable.Repeat(element, 10_000))}]");

        var problem = Refused($$"""{"type":"threads.create","params":{"input":{{input.ToJsonString()}} } }""");

        Assert.Equal("too_many_items", problem.Code);
        Assert.Equal($"params.input.{member}", problem.Param);
    }

    [Theory]
    [InlineData(100_000, null)]
    [InlineData(200_000, "too_many_items")]
    public void Read_OfManyValues_IsRefusedBeforeTheyTakeMemory(int values, string? code)
    {
        var result = $"[{string.Join(',', Enumerable.Repeat("{}", values / 2))}]";
        var json = $$"""{"type":"threads.add_client_tool_output","params":{"thread_id":"t","result":{{result}} } }""";

        Assert.Equal(code, code is null ? Read(json) is ChatKitRequest.AddClientToolOutput ? null : "another" : Refused(json).Code);
    }

    [Theory]
    [InlineData(100, "invalid_json")]
    [InlineData(10_000, "invalid_json")]
    public void Read_OfDeepMetadata_IsRefused(int depth, string code)
    {
        var json = $$"""{"type":"threads.list","params":{},"metadata":{"a":{{new string('[', depth)}}{{new string(']', depth)}} } }""";

        Assert.Equal(code, Refused(json).Code);
    }

    [Fact]
    public void Read_OfMetadataOfHalfAMegabyte_IsRefused()
    {
        var json = $$"""{"type":"threads.list","params":{},"metadata":{"a":"{{new string('x', 512 * 1024)}}"} }""";

        var problem = Refused(json);

        Assert.Equal(400, problem.Status);
        Assert.Equal("metadata", problem.Param);
    }

    [Fact]
    public void Read_OfAnIdOfTenKilobytes_IsRefused()
    {
        var json = $$"""{"type":"threads.get_by_id","params":{"thread_id":"{{new string('t', 10 * 1024)}}"} }""";

        Assert.Equal("params.thread_id", Refused(json).Param);
    }

    [Theory]
    [InlineData("", 20)]
    [InlineData("\"limit\":null", 20)]
    [InlineData("\"limit\":0", 20)]
    [InlineData("\"limit\":7", 7)]
    [InlineData("\"limit\":9999", 1000)]
    [InlineData("\"limit\":1000000", 1000)]
    public void Read_OfALimit_IsTheDefaultOrClamped(string members, int expected)
    {
        var list = Assert.IsType<ChatKitRequest.ListThreads>(Read($$"""{"type":"threads.list","params":{ {{members}} } }"""));

        Assert.Equal(expected, list.Query.Limit);
        Assert.False(list.Query.Ascending);
        Assert.Null(list.Query.After);
    }

    [Fact]
    public void Read_OfAUserMessage_KeepsAllOfIt()
    {
        var request = Assert.IsType<ChatKitRequest.AddUserMessage>(Read("""
            {"type":"threads.add_user_message","params":{"thread_id":"t","input":{"quoted_text":"","inference_options":
            {"tool_choice":{"id":"tool"},"model":"m"},"attachments":["a","b"],"content":[{"text":"hey ","type":"input_text"},
            {"data":{"k":null,"camelKey":1},"group":"g","interactive":true,"text":"tt","id":"i","type":"input_tag"}]}}}
            """));

        var tag = Assert.IsType<InputTag>(request.Input.Content[1]);
        Assert.Equal(("i", "tt", "g", true), (tag.Id, tag.Text, tag.Group, tag.Interactive));
        Assert.Equal("""{"k":null,"camelKey":1}""", tag.Data.GetRawText());
        Assert.Equal(["a", "b"], request.Input.AttachmentIds);
        Assert.Equal("", request.Input.QuotedText);
        Assert.Equal(("m", "tool"), (request.Input.Options.Model, request.Input.Options.ToolChoice?.Id));
    }

    [Fact]
    public void Read_OfAMessageWithOnlyAnAttachment_IsNotEmpty()
    {
        var json = Create.Replace("\"attachments\":[]", "\"attachments\":[\"a\"]").Replace("\"hi\"", "\"\"");

        Assert.IsType<ChatKitRequest.CreateThread>(Read(json));
    }

    [Fact]
    public void Read_OfARecording_DecodesIt()
    {
        var request = Assert.IsType<ChatKitRequest.Transcribe>(
            Read("""{"type":"input.transcribe","params":{"audio_base64":"AAECAw==","mime_type":"audio/webm;codecs=opus"}}"""));

        Assert.Equal([0, 1, 2, 3], request.Audio);
        Assert.Equal("audio/webm;codecs=opus", request.MimeType);
    }

    private static ChatKitRequest Read(string json) => ChatKitRequestReader.Read(Encoding.UTF8.GetBytes(json));

    private static Failure Refused(string json) => Assert.Throws<FailureException>(() => Read(json)).Failure;
}
