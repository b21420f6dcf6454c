using System.IO.Pipes;
using System.Net.Sockets;
using System.Net;
using System.Runtime.InteropServices;
using AotSidecar.Bridge;
using AotSidecar.Crypto;
using AotSidecar.Process;

namespace AotSidecar.Doctor;

/// <summary>The checks: each finds something that has kept a sidecar from working.</summary>
internal static class Checks
{
    private static readonly TimeSpan ProviderTime = TimeSpan.FromSeconds(10);

    /// <summary>Before any sidecar was built: an earlier clock is wrong, and breaks TLS and sessions.</summary>
    private static readonly DateTimeOffset Earliest = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async IAsyncEnumerable<Finding> RunAsync(DoctorOptions options, TimeProvider clock)
    {
        yield return new Finding("executable", Good: true, $"{SidecarVersion.Name} {SidecarVersion.Text}, {RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessPath}");
        yield return CheckTls();
        yield return CheckLoopback();
        yield return await CheckPipeAsync(clock);
        yield return CheckClock(clock);
        if (options.DataDirectory is { } directory)
        {
            yield return CheckDataDirectory(directory);
        }

        if (options.Online)
        {
            yield return await CheckProviderAsync(options.UpstreamUrl, clock);
        }
    }

    private static Finding CheckTls() => TlsLibrary.Fault is { } fault
        ? new Finding("tls library", Good: false, fault.Split("; ")[0], fault.Split("; ")[^1])
        : new Finding("tls library", Good: true, TlsLibrary.Name);

    private static Finding CheckLoopback()
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return new Finding("loopback port", Good: true, "can listen on 127.0.0.1");
        }
        catch (SocketException e)
        {
            return new Finding("loopback port", Good: false, $"cannot listen on 127.0.0.1: {e.SocketErrorCode}", "allow this program to listen on the loopback address (sandbox, firewall)");
        }
    }

    private static async Task<Finding> CheckPipeAsync(TimeProvider clock)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3), clock);
        try
        {
            using var place = PrivatePipe.Create();
            await using var server = place.Listen();
            var accepted = server.WaitForConnectionAsync(limit.Token);
            await using var client = new NamedPipeClientStream(".", place.Path, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
            await client.ConnectAsync(limit.Token);
            await accepted;
            return new Finding("private pipe", Good: true, "can make one and reach it");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SocketException or OperationCanceledException or FatalException)
        {
            return new Finding("private pipe", Good: false, $"cannot make and reach a pipe: {e.GetType().Name}", "the temporary directory must be writable and its path short");
        }
    }

    private static Finding CheckClock(TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now >= Earliest
            ? new Finding("clock", Good: true, now.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture))
            : new Finding("clock", Good: false, "the clock is years behind", "set the system's time");
    }

    private static Finding CheckDataDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            var probe = Path.Combine(directory, $"probe-{Environment.ProcessId}");
            File.WriteAllText(probe, "x");
            File.Delete(probe);
            return new Finding("data directory", Good: true, $"{directory} is writable");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Finding("data directory", Good: false, $"{directory} is not writable: {e.GetType().Name}", "choose another --data-dir, or give yourself write access");
        }
    }

    private static async Task<Finding> CheckProviderAsync(Uri url, TimeProvider clock)
    {
        using var limit = new CancellationTokenSource(ProviderTime, clock);
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        try
        {
            using var response = await client.SendAsync(request, limit.Token);
            return new Finding("provider", Good: true, $"{url.Host} answers ({(int)response.StatusCode} without a key is fine)");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            var what = (e as HttpRequestException)?.HttpRequestError.ToString() ?? "no answer in 10 s";
            return new Finding("provider", Good: false, $"{url.Host} cannot be reached: {what}", "check the network; behind a proxy use --proxy, with its own certificates --ca-file");
        }
    }
}
