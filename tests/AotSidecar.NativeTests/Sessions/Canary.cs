using System.Text;

namespace AotSidecar.NativeTests.Sessions;

/// <summary>A value that must not be found anywhere, in any of the shapes in which values leak.</summary>
internal sealed record Canary(string Name, string Value)
{
    public void AssertAbsent(byte[] text, string where)
    {
        foreach (var shape in Shapes())
        {
            Assert.True(text.AsSpan().IndexOf(shape) < 0, $"the {Name} is in {where}");
        }
    }

    private IEnumerable<byte[]> Shapes()
    {
        var bytes = Encoding.UTF8.GetBytes(Value);
        yield return bytes;
        yield return Encoding.ASCII.GetBytes(Convert.ToHexString(bytes));
        yield return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes));
        yield return Encoding.ASCII.GetBytes(string.Concat(Value.Select(character => $"%{(int)character:X2}")));
        yield return Encoding.ASCII.GetBytes(Uri.EscapeDataString(Value));
        yield return Encoding.Unicode.GetBytes(Value);

        // a value in the middle of encoded text starts at any of three places of base64's groups
        for (var shift = 0; shift < 3; shift++)
        {
            var encoded = Convert.ToBase64String([.. new byte[shift], .. bytes]);
            var whole = encoded[(shift == 0 ? 0 : 4)..^4];
            yield return Encoding.ASCII.GetBytes(whole);
            yield return Encoding.ASCII.GetBytes(whole.Replace('+', '-').Replace('/', '_'));
        }
    }
}
