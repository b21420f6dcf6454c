using System.Buffers.Binary;
using System.Text;
using AotSidecar.Crypto;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Parts of requests that a provider has refused: reasoning it can no longer read, a file, a tool whose schema it does
/// not take. They stay in their thread or in the host's list and would be refused again with each message, so they are
/// remembered here and left out from then on; a file is named instead.
/// </summary>
internal sealed class RefusedContent
{
    /// <summary>The reasoning of a hundred long threads. What is forgotten costs one more refused request.</summary>
    private const int Capacity = 4096;

    /// <summary>Enough of a data URL to tell files of equal length and name apart.</summary>
    private const int Prefix = 4096;

    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _refused = [];
    private readonly Queue<UInt128> _oldestFirst = new();

    /// <summary>The same request without what is known to be refused.</summary>
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

    /// <summary>All reasoning of this origin in the request was refused: providers do not say which.</summary>
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

    /// <summary>For its thread and endpoint only: the same file may be welcome to another model.</summary>
    private static UInt128 Of(InputPart part, ModelRequest request, string endpoint)
    {
        var (name, url) = part is InputPart.File file ? (file.Name, file.DataUrl) : ("", ((InputPart.Image)part).Url);
        return Hash(Encoding.UTF8.GetBytes(string.Join(
            '\n', request.ConversationId, endpoint, name, url.Length, url.AsSpan(0, Math.Min(url.Length, Prefix)).ToString())));
    }

    /// <summary>With its schema, so that a mended tool is declared again.</summary>
    private static UInt128 Of(FunctionTool tool, string endpoint) =>
        Hash([.. Encoding.UTF8.GetBytes($"{endpoint}\n{tool.Name}\n"), .. tool.Parameters.Span]);

    private static UInt128 Hash(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt128LittleEndian(Sha256.HashData(bytes));
}
