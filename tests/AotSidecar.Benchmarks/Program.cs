using AotSidecar.Benchmarks;
using AotSidecar.Benchmarks.Provider;

if (args is ["--provider"])
{
    return FakeProvider.Run();
}

if (!OperatingSystem.IsLinux())
{
    await Console.Error.WriteLineAsync("The measurements read /proc and share the kernel's monotonic clock: they run on Linux only.");
    return 2;
}

if (BenchmarkOptions.Parse(args) is not { } options)
{
    await Console.Error.WriteLineAsync(BenchmarkOptions.Usage);
    return 2;
}

// Twice what a full run needs on two slow processors.
using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(15), TimeProvider.System);
using var run = new BenchmarkRun(options);
return await run.ExecuteAsync(deadline.Token);
