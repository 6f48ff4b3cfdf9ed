using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Options;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Writing;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;

namespace Arctic.Catalog;

/// <summary>A lake table as one statement sees it: loaded once, so that all of its scans read the same snapshots.</summary>
/// <param name="settings">What constants of the statement depend on.</param>
internal sealed class LakeTable(LakeCatalog catalog, MixedTableCatalog tables, MixedTable table, EvaluationSettings settings)
{
    /// <summary>The catalog that keeps it.</summary>
    public LakeCatalog Catalog { get; } = catalog;

    /// <summary>The source of a scan: the scan's columns, pruned by its predicate.</summary>
    public ISource CreateSource(LogicalPlan.Scan scan)
    {
        // The predicate is over the scan's columns, pruning over the table's.
        var columns = scan.Columns.Select(c => FindColumn(scan.Table, scan.Table.Schema[c])).ToList();
        var filter = scan.Predicate is null ? null : ExpressionTree.MapColumns(scan.Predicate, i => columns[i]);
        return new LakeSource(LakeReadRequest.Of(tables, table, columns, filter, isStreamingByDefault: false, HintsOf(scan.Options)));
    }

    /// <summary>The source of a lookup join: the scan's columns of all rows, then of their changes. Nothing is pruned by values: a row that leaves them must be seen to leave.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: a row may move to another partition.</exception>
    public ISource CreateLookup(LogicalPlan.Scan scan)
    {
        if (table.Key is { } key && table.PartitionSpec.Fields.FirstOrDefault(f => !key.Columns.Contains(table.Schema.FindField(f.SourceId)?.Name)) is { } partition)
        {
            // The changes of one commit have no order between partitions: the row's new place might come before its old one is left.
            throw new ArcticException(
                ErrorCodes.Unsupported, $"Rows cannot be looked up in '{scan.Table.Path}': it is partitioned by '{table.Schema.FindField(partition.SourceId)?.Name ?? partition.Name}', which is not part of its primary key, so that a row may move from partition to partition.")
            {
                Hint = "Partition the table by columns of its primary key, or not at all.",
            };
        }

        var columns = scan.Columns.Select(c => FindColumn(scan.Table, scan.Table.Schema[c])).ToList();
        var request = LakeReadRequest.Of(tables, table, columns, filter: null, isStreamingByDefault: true, HintsOf(scan.Options));
        return new LakeSource(request with
        {
            IsStreaming = true,
            Options = request.Options with { StartupMode = LakeStartupMode.Earliest, MonitorInterval = request.Options.LookupReloadingInterval },
        });
    }

    // By name: the table may have been altered since the definition was read, or since another table was made to stand for it.
    private int FindColumn(TableDefinition definition, Field column)
    {
        var index = table.RowSchema.FindIndex(column.Name);
        return index >= 0 && (table.RowSchema[index].Type is var type && (type.Equals(column.Type) || type.AsNullable().Equals(column.Type)))
            ? index
            : throw Altered(definition, $"its column '{column.Name}' is {(index < 0 ? "not there" : $"of type {table.RowSchema[index].Type}")}, not {column.Type}");
    }

    private ArcticException Altered(TableDefinition definition, string what) =>
        new(ErrorCodes.InvalidStatement, $"Table '{table.Name}' has been altered: {what}.") { Hint = definition.Connector is null ? "Run the statement again." : $"Make '{definition.Path}' anew, LIKE the table as it is." };

    /// <summary>The table as it was loaded.</summary>
    public MixedTable Table => table;

    /// <summary>The sink of an INSERT.</summary>
    /// <param name="isolation">What an overwrite tolerates of others; a job's everything.</param>
    public LakeSink CreateSink(LogicalPlan.Sink sink, OverwriteIsolation isolation = OverwriteIsolation.None)
    {
        var columns = sink.Table.SinkSchema;
        var isSame = columns.Count == table.RowSchema.Count && columns.Fields.Zip(table.RowSchema.Fields).All(p => p.First.Name == p.Second.Name && p.First.Type.EqualsIgnoringNullability(p.Second.Type));
        return isSame
            ? new LakeSink(tables, table, HintsOf(sink.Options), sink.Mode == InsertMode.Overwrite ? OverwriteOf(sink, isolation) : null)
            : throw Altered(sink.Table, $"its columns are {table.RowSchema}, not {columns}");
    }

    // A partition that is named as a whole is replaced, and nothing else; otherwise the partitions that get rows, or a table without partitions.
    private Overwrite OverwriteOf(LogicalPlan.Sink sink, OverwriteIsolation isolation)
    {
        RequireWhole("overwrite");
        if (table.PartitionSpec.IsUnpartitioned)
        {
            return new Overwrite(OverwriteScope.Table, isolation);
        }

        var named = new StaticPartition(table, sink.StaticPartition, settings);
        return named.IsWhole
            ? new Overwrite(OverwriteScope.OnePartition, isolation) { Partition = named.ToTuple(), PartitionFilter = named.ToFilter() }
            : new Overwrite(OverwriteScope.WrittenPartitions, isolation);
    }

    private void RequireWhole(string doing)
    {
        if (table.IsPartOfKeyed)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot {doing} '{table.Name}': it is one store of a table with a primary key, and would no longer fit the other.") { Hint = "Name the table itself." };
        }
    }

    /// <summary>Whether a table that a plan reads is this one, or one of its stores by itself.</summary>
    public bool Is(LakeTable read) =>
        read.Catalog.Name == Catalog.Name && (read.Table.Name == table.Name || read.Table.Name == table.ChangeStore?.Identifier.ToString());

    // Hints are the options that the table's own properties do not hold, or hold with another value; a misspelt one is refused.
    private Dictionary<string, string> HintsOf(IReadOnlyDictionary<string, string> options)
    {
        var hints = LakeLink.Without(new TableOptions(options)).Where(o => table.Properties.GetValueOrDefault(o.Key) != o.Value).ToDictionary(o => o.Key, o => o.Value);
        OptionReader.RefuseUnknown(hints, ["properties."], $"table '{table.Name}'", typeof(KeyedTableOptions), typeof(LakeReadOptions), typeof(LakeWriteOptions));
        return hints;
    }
}
