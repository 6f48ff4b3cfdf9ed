using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;

namespace Arctic.Iceberg.Transactions;

/// <summary>Sets and removes table properties.</summary>
public sealed class UpdateProperties : TransactionStep
{
    private readonly Dictionary<string, string> _updates = new(StringComparer.Ordinal);
    private readonly HashSet<string> _removals = new(StringComparer.Ordinal);

    internal UpdateProperties()
    {
    }

    /// <summary>Sets a property.</summary>
    public UpdateProperties Set(string key, string value)
    {
        _removals.Remove(key);
        _updates[key] = value;
        return this;
    }

    /// <summary>Removes a property; does nothing when there is none.</summary>
    public UpdateProperties Remove(string key)
    {
        _updates.Remove(key);
        _removals.Add(key);
        return this;
    }

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var changed = _updates.Where(u => attempt.Metadata.Properties.GetValueOrDefault(u.Key) != u.Value).ToDictionary(u => u.Key, u => u.Value);
        if (changed.Count > 0)
        {
            attempt.Add(new TableUpdate.SetProperties(changed));
        }

        var removed = _removals.Where(attempt.Metadata.Properties.ContainsKey).ToEquatableList();
        if (removed.Count > 0)
        {
            attempt.Add(new TableUpdate.RemoveProperties(removed));
        }

        return ValueTask.CompletedTask;
    }
}
