namespace AotSidecar.NativeTests.Harness;

/// <summary>Tests that keep both processors busy for long, so that others beside them would wait for theirs.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
