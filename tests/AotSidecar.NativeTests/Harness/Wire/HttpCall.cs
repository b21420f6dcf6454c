using System.Text;

namespace AotSidecar.NativeTests.Harness;

/// <summary>A well-formed request; members that are null leave their header out.</summary>
internal sealed record HttpCall(string Method, string Path)
{
    public string? Bearer { get; init; }

    public string? Body { get; init; }

    public string? ContentType { get; init; } = "application/json";

    public string? Host { get; init; }

    public IReadOnlyList<string> Headers { get; init; } = [];

    public byte[] ToBytes(string authority)
    {
        var head = new StringBuilder($"{Method} {Path} HTTP/1.1\r\nHost: {Host ?? authority}\r\n");
        if (Bearer is not null)
        {
            head.Append("Authorization: Bearer ").Append(Bearer).Append("\r\n");
        }

        foreach (var header in Headers)
        {
            head.Append(header).Append("\r\n");
        }

        if (Body is not null)
        {
            if (ContentType is not null)
            {
                head.Append("Content-Type: ").Append(ContentType).Append("\r\n");
            }

            head.Append("Content-Length: ").Append(Encoding.UTF8.GetByteCount(Body)).Append("\r\n");
        }

        return [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. Encoding.UTF8.GetBytes(Body ?? "")];
    }
}
