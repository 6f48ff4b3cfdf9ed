using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Iceberg;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Reading;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using TableScan = Arctic.Iceberg.Scanning.TableScan;

namespace Arctic.Queries;

/// <summary>The rows that DELETE or UPDATE may change: of one version of the table, so that what is found is what is changed.</summary>
internal abstract class RowTarget
{
    /// <summary>Columns beside the table's own that say which row one is; without any, the whole row says it.</summary>
    public abstract IReadOnlyList<TableColumn.Metadata> Identity { get; }

    /// <summary>Reads the scan's columns; rows for which its predicate is not TRUE may come.</summary>
    public abstract IAsyncEnumerable<ChangeBatch> ReadAsync(LogicalPlan.Scan scan, CancellationToken cancellationToken);
}

/// <summary>Rows of one Iceberg table: each is told by its file and its place in it.</summary>
internal sealed class PlainRowTarget(IcebergTable table, EvaluationSettings settings) : RowTarget
{
    private const string File = "$file";
    private const string Position = "$position";
    private const string RowId = "$row";

    private static readonly TableColumn.Metadata[] Place =
        [new(File, DataTypes.String.AsNotNull(), "file", IsVirtual: true), new(Position, DataTypes.BigInt.AsNotNull(), "position", IsVirtual: true)];

    /// <summary>File and position, in format version 3 also the id that an updated row keeps.</summary>
    public override IReadOnlyList<TableColumn.Metadata> Identity { get; } =
        Iceberg.Writing.RowLineage.IsKeptBy(table.Metadata) ? [.. Place, new TableColumn.Metadata(RowId, DataTypes.BigInt, "row", IsVirtual: true)] : Place;

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChangeBatch> ReadAsync(LogicalPlan.Scan scan, CancellationToken cancellationToken)
    {
        var fields = scan.Schema.Fields.Select(f => FieldOf(f.Name)).ToArray();
        var read = new TableScan(table.Store, table.Metadata) { Evaluation = settings }.Select(fields);

        // The table's own columns alone can rule files and rows out.
        var filter = ExpressionTree.And((scan.Predicate is null ? [] : ExpressionTree.Conjuncts(scan.Predicate)).Where(t => ExpressionTree.ColumnsOf(t).All(c => !MetadataColumns.IsMade(fields[c].Id) && fields[c].Id != MetadataColumns.RowIdId)));
        return (filter is null ? read : read.Where(ExpressionTree.MapColumns(filter, c => IndexOf(fields[c])))).ReadAsync(cancellationToken);
    }

    private NestedField FieldOf(string name) => name switch
    {
        File => MetadataColumns.FilePath,
        Position => MetadataColumns.Position,
        RowId => MetadataColumns.RowId,
        _ => table.Metadata.CurrentSchema.Fields.First(f => f.Name == name),
    };

    private int IndexOf(NestedField field)
    {
        var fields = table.Metadata.CurrentSchema.Fields;
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Id == field.Id)
            {
                return i;
            }
        }

        throw new System.Diagnostics.UnreachableException(field.Name);
    }
}

/// <summary>Merged rows of a keyed table at a pinned state.</summary>
internal sealed class KeyedRowTarget(PinnedTable pinned, MemoryBudget budget) : RowTarget
{
    /// <inheritdoc/>
    public override IReadOnlyList<TableColumn.Metadata> Identity => [];

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ChangeBatch> ReadAsync(LogicalPlan.Scan scan, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var columns = scan.Schema.Fields.Select(f => pinned.Table.RowSchema.FindIndex(f.Name)).ToArray();
        var filter = scan.Predicate is null ? null : ExpressionTree.MapColumns(scan.Predicate, c => columns[c]);
        var rows = await MergeOnReadScan.PlanAsync(pinned, columns, filter, cancellationToken).ConfigureAwait(false);
        await foreach (var batch in rows.ReadAsync(budget, new LakeReadOptions().BatchRowsMax, cancellationToken).ConfigureAwait(false))
        {
            yield return batch;
        }
    }
}
