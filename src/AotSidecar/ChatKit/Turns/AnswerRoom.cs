using AotSidecar.Failures;
using AotSidecar.Http;

namespace AotSidecar.ChatKit.Turns;

/// <summary>Memory reserved for one answer of the provider while it grows. What is small is not counted.</summary>
internal sealed class AnswerRoom(MemoryBudget budget) : IDisposable
{
    /// <summary>
    /// A text is held as it arrives, as it is shown and as the message it becomes, each of them with room to grow, and
    /// at its end as an event, a page's bytes and a record.
    /// </summary>
    private const int Copies = 8;

    private readonly List<IDisposable> _rooms = [];
    private long _left = MemoryBudget.Small;

    /// <param name="bytes">Of text that was added to the answer.</param>
    /// <exception cref="FailureException">507 <c>memory_full</c>.</exception>
    public void Grow(int bytes)
    {
        _left -= bytes;
        while (_left < 0)
        {
            _rooms.Add(budget.TryEnter(Copies * MemoryBudget.Small) ?? throw new FailureException(Failure.MemoryFull));
            _left += MemoryBudget.Small;
        }
    }

    public void Dispose() => _rooms.ForEach(static room => room.Dispose());
}
