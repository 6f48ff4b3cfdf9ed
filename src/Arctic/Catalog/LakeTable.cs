using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables;
using Arctic.Sql.Logical;

namespace Arctic.Catalog;

/// <summary>A lake table as one statement sees it: loaded once, so that all of its scans read the same snapshots.</summary>
internal sealed class LakeTable(LakeCatalog catalog, MixedTableCatalog tables, MixedTable table)
{
    /// <summary>The catalog that keeps it.</summary>
    public LakeCatalog Catalog { get; } = catalog;

    /// <summary>The source of a scan: the scan's columns, pruned by its predicate.</summary>
    public ISource CreateSource(LogicalPlan.Scan scan)
    {
        // The predicate is over the scan's columns, pruning over the table's.
        var filter = scan.Predicate is null ? null : ExpressionTree.MapColumns(scan.Predicate, i => scan.Columns[i]);
        return new LakeSource(LakeReadRequest.Of(tables, table, scan.Columns, filter, isStreamingByDefault: false, HintsOf(scan.Options)));
    }

    /// <summary>The sink of an INSERT.</summary>
    public ISink CreateSink(LogicalPlan.Sink sink)
    {
        if (sink.Mode == InsertMode.Overwrite)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"INSERT OVERWRITE of table '{table.Name}' is not supported yet.");
        }

        return new LakeSink(tables, table, HintsOf(sink.Options));
    }

    // Hints are the options that the table's own properties do not hold, or hold with another value; a misspelt one is refused.
    private Dictionary<string, string> HintsOf(IReadOnlyDictionary<string, string> options)
    {
        var hints = options.Where(o => table.Properties.GetValueOrDefault(o.Key) != o.Value).ToDictionary(o => o.Key, o => o.Value);
        OptionReader.RefuseUnknown(hints, ["properties."], $"table '{table.Name}'", typeof(KeyedTableOptions), typeof(LakeReadOptions), typeof(LakeWriteOptions));
        return hints;
    }
}
