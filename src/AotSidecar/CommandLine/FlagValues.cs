using System.Globalization;
using System.Text;

namespace AotSidecar.CommandLine;

/// <summary>Checks shared by flags. Each stores the value and returns null, or returns what is wrong.</summary>
internal static class FlagValues
{
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
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > maxBytes)
            {
                return $"{path} is larger than {maxBytes / 1024} KiB";
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            return Set(() => store(strict.GetString(bytes).TrimStart('\uFEFF')));
        }
        catch (DecoderFallbackException)
        {
            return $"{path} is not UTF-8";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"cannot read {path}";
        }
    }
}
