using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AotSidecar.Crypto;

namespace AotSidecar.CommandLine;

/// <summary>Checks shared by flags. Each stores the value and returns null, or returns what is wrong.</summary>
internal static class FlagValues
{
    /// <summary>A system's complete CA bundle is under 1 MiB.</summary>
    private const int MaxCertificates = 4 * 1024 * 1024;

    public static string? Set(Action store)
    {
        store();
        return null;
    }

    public static string? Integer(string value, int min, int max, Action<int> store) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? Set(() => store(number))
            : $"must be a whole number from {min} to {max}";

    public static string? Name(string value, int maxLength, Action<string> store) =>
        value.Length > 0 && value.Length <= maxLength && !value.Any(char.IsControl)
            ? Set(() => store(value))
            : $"must be 1 to {maxLength} characters";

    public static string? TextFile(string path, int maxBytes, Action<string> store)
    {
        if (Read(path, maxBytes, out var bytes) is { } wrong)
        {
            return wrong;
        }

        try
        {
            var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            return Set(() => store(strict.GetString(bytes).TrimStart('\uFEFF')));
        }
        catch (DecoderFallbackException)
        {
            return $"{path} is not UTF-8";
        }
    }

    /// <summary>Reads PEM certificates, so that a wrong file is known at once and not at the first request.</summary>
    public static string? Certificates(string path, Action<X509Certificate2Collection> store)
    {
        if (Read(path, MaxCertificates, out var bytes) is { } wrong)
        {
            return wrong;
        }

        if (TlsLibrary.Fault is { } fault)
        {
            return fault;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            // Bundles have comments in any encoding between certificates; Latin-1 decodes every byte.
            certificates.ImportFromPem(Encoding.Latin1.GetString(bytes));
        }
        catch (CryptographicException)
        {
            return $"{path} has a certificate that cannot be read";
        }

        return certificates.Count > 0 ? Set(() => store(certificates)) : $"{path} has no PEM certificate";
    }

    private static string? Read(string path, int maxBytes, out byte[] bytes)
    {
        bytes = [];
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > maxBytes)
            {
                return $"{path} is larger than {maxBytes / 1024} KiB";
            }

            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"cannot read {path}";
        }
    }
}
