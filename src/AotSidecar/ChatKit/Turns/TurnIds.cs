using AotSidecar.ChatKit.Threads;

namespace AotSidecar.ChatKit.Turns;

/// <summary>The ids that the page knows: none is given to a second item.</summary>
internal sealed class TurnIds(StoredThread thread)
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>The provider's id if it is usable and new in this thread, else a new id.</summary>
    public string Choose(string? given, string prefix, string? ownPrefix)
    {
        var id = ItemIds.IsUsable(given, prefix) && !thread.Contains(given!) && !_used.Contains(given!)
            ? given!
            : ItemIds.Create(ownPrefix ?? prefix);
        _used.Add(id);
        return id;
    }

    public void Use(string id) => _used.Add(id);

    public void Retire(IEnumerable<string> ids) => _used.UnionWith(ids);
}
