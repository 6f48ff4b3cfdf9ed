using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Inspecting;
using Arctic.Iceberg.Scanning;

namespace Arctic.Tables;

/// <summary>Iceberg's metadata tables (snapshots, files, manifests, …) as results.</summary>
internal static class MetadataListing
{
    /// <summary>The rows of a metadata table; they come while the result is read.</summary>
    /// <param name="name">One of <see cref="MetadataTables.Names"/>.</param>
    /// <param name="moment">An earlier state; null for the newest.</param>
    /// <param name="columns">The columns in order; empty for all.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>: no such snapshot or column.</exception>
    public static QueryResult Of(IcebergTable table, string name, TableMoment? moment, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        var listing = MetadataTables.Open(table, name, new TableScan(table.Store, table.Metadata).At(moment).Snapshot);
        if (columns.Count == 0)
        {
            return new QueryResult(ResultKind.Listing, listing.Schema, isChangelog: false, listing.ReadAsync(cancellationToken));
        }

        var indices = columns.Select(column => listing.Schema.FindIndex(column) is >= 0 and var index
            ? index
            : throw new ArcticException(ErrorCodes.UnknownName, $"The {name} of a table have no column '{column}'.") { Hint = NameSuggestion.For(column, listing.Schema.Fields.Select(f => f.Name)) }).ToArray();
        return new QueryResult(ResultKind.Listing, listing.Schema.Project(indices), isChangelog: false, ProjectAsync(listing, indices, cancellationToken));
    }

    /// <summary>The scan of an earlier state.</summary>
    public static TableScan At(this TableScan scan, TableMoment? moment) => moment switch
    {
        TableMoment.Snapshot snapshot => scan.AtSnapshot(snapshot.Id),
        TableMoment.AsOf time => scan.AsOf(time.Time),
        TableMoment.Reference reference => scan.AtRef(reference.Name),
        _ => scan,
    };

    private static async IAsyncEnumerable<ChangeBatch> ProjectAsync(MetadataTable listing, int[] indices, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in listing.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            ChangeBatch projected;
            using (batch)
            {
                projected = batch.Project(indices);
            }

            yield return projected;
        }
    }
}
