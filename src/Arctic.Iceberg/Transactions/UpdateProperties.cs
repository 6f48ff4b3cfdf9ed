using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;

namespace Arctic.Iceberg.Transactions;

/// <summary>Sets and removes table properties. Setting <c>format-version</c> upgrades the table, as in the original; it is not kept as a property.</summary>
public sealed class UpdateProperties : TransactionStep
{
    private readonly Dictionary<string, string> _updates = new(StringComparer.Ordinal);
    private readonly HashSet<string> _removals = new(StringComparer.Ordinal);

    private readonly CommitEnvironment _environment;
    private UpgradeFormatVersion? _upgrade;

    internal UpdateProperties(CommitEnvironment environment) => _environment = environment;

    /// <summary>Sets a property.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>: the key is reserved for what the metadata says elsewhere.</exception>
    public UpdateProperties Set(string key, string value)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(value);
        if (key == TableProperties.FormatVersion)
        {
            _upgrade = new UpgradeFormatVersion(_environment, TableProperties.ReadInt(new Dictionary<string, string> { [key] = value }, key, 0));
            return this;
        }

        if (TableProperties.Reserved.Contains(key))
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot set the table property '{key}': it is reserved for what the table's metadata says itself.");
        }

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

    internal override async ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        if (_upgrade is not null)
        {
            await _upgrade.ApplyAsync(attempt, cancellationToken).ConfigureAwait(false);
        }

        var changed = _updates.Where(u => attempt.Metadata.Properties.GetValueOrDefault(u.Key) != u.Value).ToDictionary(u => u.Key, u => u.Value);
        if (changed.Count > 0)
        {
            TablePropertyRules.Check(changed, $"set properties of '{attempt.Table.Identifier}'");
            attempt.Add(new TableUpdate.SetProperties(changed));
        }

        var removed = _removals.Where(attempt.Metadata.Properties.ContainsKey).ToEquatableList();
        if (removed.Count > 0)
        {
            attempt.Add(new TableUpdate.RemoveProperties(removed));
        }
    }
}
