using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables;

/// <summary>
/// A table of the mixed format at one time: with a primary key a base and a change store, without one a single Iceberg table, which counts as the base store. Immutable;
/// <see cref="MixedTableCatalog"/> loads a newer one.
/// </summary>
internal sealed class MixedTable
{
    /// <summary>Puts a table together from its stores.</summary>
    /// <param name="baseStore">Marked as a base store, or a foreign Iceberg table.</param>
    /// <param name="changeStore">Its change store; null for a table without a key.</param>
    public MixedTable(IcebergTable baseStore, IcebergTable? changeStore)
    {
        (BaseStore, ChangeStore) = (baseStore, changeStore);
        Schema = baseStore.Metadata.CurrentSchema;
        RowSchema = Schema.ToRowSchema();
        Key = changeStore is null ? null : KeyOf(baseStore, Schema, RowSchema);
        Options = OptionReader.Read<KeyedTableOptions>(baseStore.Metadata.Properties, $"table '{Name}'");
    }

    /// <summary>Merged rows; the table itself when it has no key.</summary>
    public IcebergTable BaseStore { get; }

    /// <summary>Changes; null when the table has no key.</summary>
    public IcebergTable? ChangeStore { get; }

    /// <summary>Where writers of the table put files: the change store, or the table itself.</summary>
    public IcebergTable WrittenStore => ChangeStore ?? BaseStore;

    /// <summary>The primary key; null when the table has none.</summary>
    public PrimaryKey? Key { get; }

    /// <summary>Whether this is one store of a keyed table, by itself: who changes it must know of the other.</summary>
    public bool IsPartOfKeyed => ChangeStore is null && (Properties.ContainsKey(MixedFormatProperties.ChangeIdentifier) || Properties.GetValueOrDefault(MixedFormatProperties.TableStore) == "change");

    /// <summary><c>database.table</c>.</summary>
    public string Name => BaseStore.Identifier.ToString();

    /// <summary>The columns with their ids.</summary>
    public Schema Schema { get; }

    /// <summary>The columns as SQL types.</summary>
    public RowSchema RowSchema { get; }

    /// <summary>How new rows are split into partitions.</summary>
    public PartitionSpec PartitionSpec => BaseStore.Metadata.DefaultSpec;

    /// <summary>All properties, those of the format included.</summary>
    public IReadOnlyDictionary<string, string> Properties => BaseStore.Metadata.Properties;

    /// <summary>The properties that writers and readers look at.</summary>
    public KeyedTableOptions Options { get; }

    /// <summary>The options with hints of a statement over the table's properties.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: a hint's value cannot be read.</exception>
    public KeyedTableOptions OptionsWith(IReadOnlyDictionary<string, string> hints) =>
        hints.Count == 0 ? Options : OptionReader.Read<KeyedTableOptions>(PropertiesWith(hints), $"table '{Name}'");

    /// <summary>The table's properties with hints over them.</summary>
    public IReadOnlyDictionary<string, string> PropertiesWith(IReadOnlyDictionary<string, string> hints)
    {
        var merged = new Dictionary<string, string>(Properties, StringComparer.Ordinal);
        foreach (var (key, value) in hints)
        {
            merged[key] = value;
        }

        return merged;
    }

    private static PrimaryKey KeyOf(IcebergTable baseStore, Schema schema, RowSchema rowSchema)
    {
        if (!baseStore.Metadata.Properties.TryGetValue(MixedFormatProperties.PrimaryKeyFields, out var fields))
        {
            throw new ArcticException(
                ErrorCodes.TableCorrupt, $"Cannot load table '{baseStore.Identifier}': it has a change store but no property '{MixedFormatProperties.PrimaryKeyFields}'.");
        }

        var uuids = schema.Fields.Where(f => f.Type is IcebergType.Uuid).Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        return new PrimaryKey(rowSchema, fields.Split(','), uuids);
    }
}
