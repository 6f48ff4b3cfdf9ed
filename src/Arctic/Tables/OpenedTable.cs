using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;

namespace Arctic.Tables;

/// <summary>A table that somebody looks into: one Iceberg table, which may be a store of a keyed one.</summary>
/// <param name="table">The table of the folder or name that was given: for a keyed table its base store.</param>
/// <param name="loadStores">Loads the change store, then the base store; null for a table that has no change store beside it.</param>
internal sealed class OpenedTable(IcebergTable table, Func<CancellationToken, ValueTask<MixedTable>>? loadStores)
{
    /// <summary>Its name, for messages.</summary>
    public string Name => table.Identifier.ToString();

    /// <summary>Whether rows of two stores make up the table.</summary>
    public bool IsKeyed => loadStores is not null;

    /// <summary>One store, by itself a plain Iceberg table.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: the table has no such store.</exception>
    public async ValueTask<IcebergTable> StoreAsync(TableStore store, CancellationToken cancellationToken)
    {
        if (store != TableStore.Change || table.Metadata.Properties.GetValueOrDefault(MixedFormatProperties.TableStore) == "change")
        {
            return table;
        }

        return loadStores is null
            ? throw new ArcticException(ErrorCodes.InvalidStatement, $"Table '{Name}' has no change store: it has no primary key.") { Hint = "Leave --store out." }
            : (await loadStores(cancellationToken).ConfigureAwait(false)).ChangeStore!;
    }

    /// <summary>One consistent state of both stores.</summary>
    public ValueTask<PinnedTable> PinAsync(CancellationToken cancellationToken) => PinnedTable.PinAsync(loadStores!, cancellationToken);
}

/// <summary>Which part of a table is looked into.</summary>
internal enum TableStore
{
    /// <summary>The rows of the table: merged, when it has a primary key.</summary>
    All,

    /// <summary>The base store as it is.</summary>
    Base,

    /// <summary>The change store as it is.</summary>
    Change,
}
