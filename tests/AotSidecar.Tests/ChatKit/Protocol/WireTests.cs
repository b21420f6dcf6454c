using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AotSidecar.ChatKit.Protocol;
using AotSidecar.Tests.ChatKit.Harness;
using Snapshooter;
using Snapshooter.Xunit;

namespace AotSidecar.Tests.ChatKit.Protocol;

/// <summary>The wire form of every type, recorded beside this file and read back.</summary>
public sealed class WireTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string, string> Types
    {
        get
        {
            var types = new TheoryData<string, string>();
            foreach (var (family, values) in WireSamples.All)
            {
                foreach (var value in values)
                {
                    types.Add(family.Name, Discriminator(family, value));
                }
            }

            return types;
        }
    }

    public static TheoryData<string> Bare => [.. WireSamples.Bareness.Keys];

    [Theory]
    [MemberData(nameof(Types))]
    public void Serialize_OfEveryType_IsAsRecordedAndReadBack(string family, string discriminator)
    {
        var (type, values) = WireSamples.All.Single(entry => entry.Key.Name == family);
        var value = values.Single(one => Discriminator(type, one) == discriminator);

        var json = Serialize(type, value);

        Assert.Equal(discriminator, (string?)JsonNode.Parse(json)!["type"]);
        AssertReadBack(type, json);
        Snapshot.Match(Pretty(json), SnapshotNameExtension.Create(family, discriminator));
    }

    [Theory]
    [MemberData(nameof(Bare))]
    public void Serialize_WithNothingOptional_IsAsRecordedAndReadBack(string name)
    {
        var json = Serialize(typeof(ThreadEvent), WireSamples.Bareness[name]);

        AssertReadBack(typeof(ThreadEvent), json);
        Snapshot.Match(Pretty(json), SnapshotNameExtension.Create(name.Replace(' ', '-')));
    }

    [Fact]
    public void Families_OfTheProtocol_AllHaveARecordingForEachOfTheirTypes()
    {
        var declared = typeof(ThreadEvent).Assembly.GetTypes().SelectMany(static type => type
            .GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Select(derived => $"{type.Name} {derived.TypeDiscriminator}"));
        var recorded = WireSamples.All.SelectMany(static family => family.Value.Select(value => $"{family.Key.Name} {Discriminator(family.Key, value)}"));

        Assert.Equal(declared.Order(StringComparer.Ordinal), recorded.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(typeof(ThreadEvent), 12)]
    [InlineData(typeof(ThreadItem), 11)]
    [InlineData(typeof(ItemUpdate), 10)]
    [InlineData(typeof(WorkTask), 5)]
    [InlineData(typeof(Source), 3)]
    [InlineData(typeof(Attachment), 2)]
    [InlineData(typeof(ThreadStatus), 3)]
    public void Family_HasAsManyTypesAsTheProtocol(Type family, int count) =>
        Assert.Equal(count, family.GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Count());

    [Theory]
    [InlineData(true, "true")]
    [InlineData(false, "false")]
    public void Case46_StreamOptions_SayWhetherTheStreamCanBeStopped(bool allowed, string json) => Assert.Equal(
        $$$"""{"type":"stream_options","stream_options":{"allow_cancel":{{{json}}}}}""",
        Serialize(typeof(ThreadEvent), new StreamOptionsEvent(new StreamOptions(allowed))));

    [Theory]
    [MemberData(nameof(Types))]
    public void Deserialize_WithTheTypeLast_IsTheSame(string family, string discriminator)
    {
        var (type, values) = WireSamples.All.Single(entry => entry.Key.Name == family);
        var json = Serialize(type, values.Single(one => Discriminator(type, one) == discriminator));
        var moved = JsonNode.Parse(json)!.AsObject();
        var typeName = moved["type"]!.DeepClone();
        moved.Remove("type");
        moved["type"] = typeName;

        var read = JsonSerializer.Deserialize(moved.ToJsonString(), ChatKitJson.Wire.GetTypeInfo(type)!)!;

        Assert.Equal(json, Serialize(type, read));
    }

    [Fact]
    public void Serialize_OfEveryEvent_IsOneStrictFrame() =>
        Assert.All(
            WireSamples.All[typeof(ThreadEvent)].Concat(WireSamples.Bareness.Values),
            static value => StrictEvents.Parse(Encoding.UTF8.GetBytes($"data: {Serialize(typeof(ThreadEvent), value)}\n\n")));

    private static void AssertReadBack(Type type, string json)
    {
        var read = JsonSerializer.Deserialize(json, ChatKitJson.Wire.GetTypeInfo(type)!)!;

        Assert.Equal(json, Serialize(type, read));
    }

    private static string Serialize(Type family, object value) => JsonSerializer.Serialize(value, ChatKitJson.Wire.GetTypeInfo(family)!);

    private static string Discriminator(Type family, object value) => (string)family
        .GetCustomAttributes<JsonDerivedTypeAttribute>(inherit: false).Single(derived => derived.DerivedType == value.GetType()).TypeDiscriminator!;

    private static string Pretty(string json) => JsonNode.Parse(json)!.ToJsonString(Indented);
}
