namespace AotSidecar.Benchmarks.Report;

/// <summary>The table's columns that are not peers.</summary>
internal static class Column
{
    public const string ChatKit = "sidecar `/chatkit`";
    public const string PassThrough = "sidecar `/v1`";
    public const string Direct = "direct";
}
