using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// What lies in the folder of a table that is dropped, and its deletion in an order that leaves the table or nothing of it: metadata first, oldest first, so that whoever looks in between sees the
/// newest version with all its files, or no table. Last goes the hint: as long as it is there, a drop that was cut off can be told from a folder that never was a table's, and finished.
/// </summary>
internal sealed class TableRemoval
{
    private readonly IObjectStore _store;
    private readonly IReadOnlyList<string> _locations;

    private TableRemoval(IObjectStore store, IReadOnlyList<string> locations) => (_store, _locations) = (store, locations);

    /// <summary>Whether there is nothing to delete.</summary>
    public bool IsEmpty => _locations.Count == 0;

    /// <summary>Looks what is to be deleted; nothing is, yet.</summary>
    /// <param name="table">For messages.</param>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: another table lies within the folder.</exception>
    public static async ValueTask<TableRemoval> PlanAsync(IObjectStore store, string folder, string table, CancellationToken cancellationToken)
    {
        var objects = new List<(string Location, int Order)>();
        await foreach (var info in store.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            var name = info.Location[(info.Location.LastIndexOf('/') + 1)..];
            var version = MetadataFileName.FindVersion(name);
            var within = TableFolder.ParentOf(info.Location);
            if (version is not null && within.EndsWith("/metadata", StringComparison.Ordinal) && ObjectLocation.PathOf(TableFolder.ParentOf(within)) != ObjectLocation.PathOf(folder))
            {
                throw AnotherWithin(table, TableFolder.ParentOf(within));
            }

            objects.Add((info.Location, version ?? (name == TableFolder.HintName ? int.MaxValue : int.MaxValue - 1)));
        }

        return new TableRemoval(store, objects.OrderBy(o => o.Order).Select(o => o.Location).ToList());
    }

    /// <summary>Deletes what was found.</summary>
    public async ValueTask DeleteAsync(CancellationToken cancellationToken)
    {
        foreach (var location in _locations)
        {
            await _store.DeleteAsync(location, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The refusal to delete what another table needs.</summary>
    /// <param name="table">The table that was to be dropped.</param>
    /// <param name="other">What tells the other one.</param>
    public static ArcticException AnotherWithin(string table, string other) => new(ErrorCodes.InvalidStatement, $"Cannot drop '{table}': another table lies within its folder, in '{other}'.")
    {
        Hint = "Drop that one first, or move its folder away.",
    };
}
