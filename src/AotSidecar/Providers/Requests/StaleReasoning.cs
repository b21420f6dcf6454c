using System.Buffers.Binary;
using AotSidecar.Crypto;

namespace AotSidecar.Providers.Requests;

/// <summary>
/// Encrypted reasoning that its own provider could not read any more. It stays in its thread and would be refused again
/// in each turn, so it is remembered here and left out from then on; what the thread's later answers bring is sent.
/// </summary>
internal sealed class StaleReasoning
{
    /// <summary>The reasoning of a hundred long threads. What is forgotten costs one more refused request.</summary>
    private const int Capacity = 4096;

    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _refused = [];
    private readonly Queue<UInt128> _oldestFirst = new();

    /// <summary>The same request without the reasoning that is known to be refused.</summary>
    public ModelRequest Without(ModelRequest request)
    {
        lock (_gate)
        {
            return _refused.Count > 0 && request.Input.Any(IsRefusedUnsynchronized)
                ? request with { Input = [.. request.Input.Where(item => !IsRefusedUnsynchronized(item))] }
                : request;
        }
    }

    /// <summary>All reasoning of this origin in the request was refused: providers do not say which.</summary>
    public void Add(ModelRequest request, string origin)
    {
        lock (_gate)
        {
            foreach (var item in request.Input.OfType<InputItem.Reasoning>().Where(item => item.Origin == origin))
            {
                var fingerprint = Fingerprint(item);
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

    private bool IsRefusedUnsynchronized(InputItem item) =>
        item is InputItem.Reasoning reasoning && _refused.Contains(Fingerprint(reasoning));

    private static UInt128 Fingerprint(InputItem.Reasoning item) =>
        BinaryPrimitives.ReadUInt128LittleEndian(Sha256.HashData(item.Json.Span));
}
