using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace AotSidecar.NativeTests.Http;

/// <summary>What the system knows about its addresses and sockets.</summary>
internal static class Listeners
{
    public static IEnumerable<IPAddress> OwnAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .Where(address => address.AddressFamily is AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));

    /// <summary>Every TCP address that one of the descriptors listens on, as <c>address:port</c>.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> descriptors)
    {
        var sockets = descriptors.Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1]).ToHashSet();
        return
        [
            .. Rows("/proc/net/tcp").Concat(Rows("/proc/net/tcp6"))
                .Where(columns => columns[3] == "0A" && sockets.Contains(columns[9]))
                .Select(columns => Parse(columns[1])),
        ];
    }

    private static IEnumerable<string[]> Rows(string table) =>
        File.ReadAllLines(table).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Parse(string hexadecimal)
    {
        var (address, port) = (hexadecimal.Split(':')[0], hexadecimal.Split(':')[1]);
        var bytes = Convert.FromHexString(address).Reverse().ToArray();
        var shown = bytes.Length == 4 ? new IPAddress(bytes).ToString() : "[ipv6]";
        return string.Create(
            CultureInfo.InvariantCulture, $"{shown}:{int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture)}");
    }
}
