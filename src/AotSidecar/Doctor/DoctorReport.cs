using System.Text.Json.Serialization;

namespace AotSidecar.Doctor;

/// <summary>What <c>aotsidecar doctor --json</c> prints.</summary>
internal sealed record DoctorReport(string Version, bool Good, IReadOnlyList<Finding> Checks);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
