using System.Text.Json;
using AotSidecar.ChatKit.Protocol;

namespace AotSidecar.Tests.ChatKit.Protocol;

public sealed class WireTimeTests
{
    [Theory]
    [InlineData("\"2025-01-02T03:04:05Z\"", "2025-01-02T03:04:05Z")]
    [InlineData("\"2025-01-02T03:04:05\"", "2025-01-02T03:04:05Z")]
    [InlineData("\"2025-01-02 03:04:05.5\"", "2025-01-02T03:04:05.500000Z")]
    [InlineData("\"2025-01-02T03:04:05.123450Z\"", "2025-01-02T03:04:05.123450Z")]
    [InlineData("\"2025-01-02T03:04:05.1234567+02:30\"", "2025-01-02T00:34:05.123456Z")]
    [InlineData("1735787045", "2025-01-02T03:04:05Z")]
    [InlineData("1735787045.25", "2025-01-02T03:04:05.250000Z")]
    public void AHostsTime_IsSentAsUtc(string given, string sent)
    {
        var item = Read(given);

        Assert.Equal(sent, JsonElement.Parse(JsonSerializer.Serialize(item, ChatKitJson.Wire.ThreadItem)).GetProperty("created_at").GetString());
        Assert.Equal(DateTimeKind.Utc, item.CreatedAt.Kind);
    }

    [Theory]
    [InlineData("\"yesterday\"")]
    [InlineData("-1")]
    [InlineData("1e300")]
    [InlineData("true")]
    public void WhatIsNoTime_IsRefused(string given) => Assert.Throws<JsonException>(() => Read(given));

    private static ThreadItem Read(string time) => JsonSerializer.Deserialize(
        $$"""{"type":"end_of_turn","id":"i","thread_id":"t","created_at":{{time}} }""", ChatKitJson.Wire.ThreadItem)!;
}
