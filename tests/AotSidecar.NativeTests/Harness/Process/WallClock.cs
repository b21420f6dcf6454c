using System.IO.MemoryMappedFiles;
using System.Runtime.Versioning;

namespace AotSidecar.NativeTests.Harness;

/// <summary>
/// The wall clock of a process under test, which can be moved while it runs: <c>clock.c</c> is loaded into the process
/// before its own libraries and reads the shift from a file that both map.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class WallClock : IDisposable
{
    private static readonly TimeSpan CompileTime = TimeSpan.FromMinutes(1);

    private static readonly Lazy<Task<string>> Library = new(CompileAsync);

    private readonly string _library;
    private readonly string _file = Path.GetTempFileName();
    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _shift;

    private WallClock(string library)
    {
        _library = library;
        _mapping = MemoryMappedFile.CreateFromFile(_file, FileMode.Open, mapName: null, sizeof(long));
        _shift = _mapping.CreateViewAccessor();
    }

    public static async Task<WallClock> StartAsync() => new(await Library.Value);

    public Launch Give(Launch launch) => launch with
    {
        Environment = new Dictionary<string, string> { ["LD_PRELOAD"] = _library, ["CLOCK_SHIFT_FILE"] = _file },
    };

    /// <summary>Moves the clock that far from the machine's own.</summary>
    public void Shift(TimeSpan shift) => _shift.Write(0, (long)shift.TotalSeconds);

    public void Dispose()
    {
        _shift.Dispose();
        _mapping.Dispose();
        File.Delete(_file);
    }

    /// <summary>Compiles it once for this run, with the compiler that the native publish uses.</summary>
    private static async Task<string> CompileAsync()
    {
        using var limit = new CancellationTokenSource(CompileTime, TimeProvider.System);
        var library = Path.Combine(AppContext.BaseDirectory, "clock.so");
        const string compile = """exec $(command -v clang || command -v gcc || command -v cc) -shared -fPIC -O2 -Wall -Werror -o "$0" clock.c""";
        await Tool.RunAsync("sh", "clang", AppContext.BaseDirectory, ["-c", compile, library], limit.Token);
        return library;
    }
}
