using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace AotSidecar.Benchmarks;

[JsonSerializable(typeof(JsonObject))]
internal sealed partial class BenchmarkJson : JsonSerializerContext;
