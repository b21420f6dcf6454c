using System.Runtime.Versioning;

// Unix sockets with modes, signals, /proc: these tests drive the executable on Linux, where the build runs them.
[assembly: SupportedOSPlatform("linux")]
