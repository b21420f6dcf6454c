using System.Buffers.Binary;
using System.Text;
using AotSidecar.Crypto;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Parts of requests that a provider refused: reasoning it can no longer read, a file, a tool with an unacceptable
/// schema. They stay in the thread or in the host's list and would be refused with every message, so they are
/// remembered here and left out; a file is replaced by its name.
/// </summary>
internal sealed class RefusedContent
{
    /// <summary>Reasoning of about a hundred long threads. A forgotten one costs one refused request.</summary>
    private const int Capacity = 4096;

    /// <summary>Enough of a data URL to tell files of equal length and name apart.</summary>
    private const int Prefix = 4096;

    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _refused = [];
    private readonly Queue<UInt128> _oldestFirst = new();

    /// <summary>The request without the parts that were refused before.</summary>
    public ModelRequest Without(ModelRequest request, string endpoint)
    {
        lock (_gate)
        {
            return _refused.Count == 0 ? request : RequestParts.Without(
                request,
                item => item is InputItem.Reasoning reasoning && _refused.Contains(Of(reasoning)),
                part => part is not InputPart.Text && _refused.Contains(Of(part, request, endpoint)),
                tool => _refused.Contains(Of(tool, endpoint)));
        }
    }

    /// <summary>Marks all reasoning of this origin: providers do not say which item they refused.</summary>
    public void AddReasoning(ModelRequest request, string origin) =>
        Add(request.Input.OfType<InputItem.Reasoning>().Where(item => item.Origin == origin).Select(Of));

    public void AddFiles(IEnumerable<InputPart> files, ModelRequest request, string endpoint) =>
        Add(files.Select(file => Of(file, request, endpoint)));

    public void AddTool(FunctionTool tool, string endpoint) => Add([Of(tool, endpoint)]);

    private void Add(IEnumerable<UInt128> fingerprints)
    {
        lock (_gate)
        {
            foreach (var fingerprint in fingerprints)
            {
                if (_refused.Add(fingerprint))
                {
                    _oldestFirst.Enqueue(fingerprint);
                }

                if (_oldestFirst.Count > Capacity)
                {
                    _refused.Remove(_oldestFirst.Dequeue());
                }
            }
        }
    }

    private static UInt128 Of(InputItem.Reasoning item) => Hash(item.Json.Span);

    /// <summary>For its thread and endpoint only: another model may accept the file.</summary>
    private static UInt128 Of(InputPart part, ModelRequest request, string endpoint)
    {
        var (name, url) = part is InputPart.File file ? (file.Name, file.DataUrl) : ("", ((InputPart.Image)part).Url);
        return Hash(Encoding.UTF8.GetBytes(string.Join(
            '\n', request.ConversationId, endpoint, name, url.Length, url.AsSpan(0, Math.Min(url.Length, Prefix)).ToString())));
    }

    /// <summary>Keyed by its schema too, so that a corrected tool is declared again.</summary>
    private static UInt128 Of(FunctionTool tool, string endpoint) =>
        Hash([.. Encoding.UTF8.GetBytes($"{endpoint}\n{tool.Name}\n"), .. tool.Parameters.Span]);

    private static UInt128 Hash(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt128LittleEndian(Sha256.HashData(bytes));
}
