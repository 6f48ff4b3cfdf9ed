using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Connectors.Lake;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using Arctic.Sql.Parsing;
using TableScan = Arctic.Iceberg.Scanning.TableScan;

namespace Arctic.Tables;

/// <summary>Reads the rows of a table without a catalog or a job: one store as it is, or both merged.</summary>
internal sealed class TableReading(OpenedTable table, EvaluationSettings evaluation)
{
    private const int BatchRowsMax = 8192;

    /// <summary>The rows that a request asks for; they come while the result is read.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, <see cref="ErrorCodes.SyntaxError"/>, <see cref="ErrorCodes.InvalidStatement"/>, <see cref="ErrorCodes.FormatUnsupported"/>.</exception>
    public async ValueTask<QueryResult> ReadAsync(TableReadRequest request, CancellationToken cancellationToken) =>
        table.IsKeyed && request.Store == TableStore.All
            ? await ReadMergedAsync(request, cancellationToken).ConfigureAwait(false)
            : ReadStore(await table.StoreAsync(request.Store, cancellationToken).ConfigureAwait(false), request, cancellationToken);

    private QueryResult ReadStore(Iceberg.IcebergTable store, TableReadRequest request, CancellationToken cancellationToken)
    {
        var scan = new TableScan(store.Store, store.Metadata) { BatchRowsMax = BatchRowsMax, Evaluation = evaluation }.At(request.Moment);
        if (FilterOf(scan.Schema, request) is { } filter)
        {
            scan = scan.Where(filter);
        }

        if (store.Metadata.Properties.GetValueOrDefault(MixedFormatProperties.TableStore) == "change")
        {
            var fields = ChangeColumnsOf(scan.Schema, request);
            var changes = new ChangeStoreRows(scan, fields);
            return ToResult(fields, changes.Schema, changes.ReadAsync(cancellationToken), request);
        }

        scan = scan.Select(ColumnsOf(scan.Schema, request).Select(i => scan.Schema.Fields[i]).ToArray());
        return ToResult(scan.Columns, scan.OutputSchema, scan.ReadAsync(cancellationToken), request);
    }

    private async ValueTask<QueryResult> ReadMergedAsync(TableReadRequest request, CancellationToken cancellationToken)
    {
        if (request.Moment is not null)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot read an earlier state of table '{table.Name}': it has a primary key, and its two stores have snapshots of their own.")
            {
                Hint = "Read one of them: --store base or --store change.",
            };
        }

        var pinned = await table.PinAsync(cancellationToken).ConfigureAwait(false);
        var schema = pinned.Table.Schema;
        var columns = ColumnsOf(schema, request);
        var filter = FilterOf(schema, request);

        // The filter's columns are read behind those of the result, and left out of it again.
        var read = columns.Concat(filter is null ? [] : ExpressionTree.ColumnsOf(filter).Except(columns)).ToList();
        var scan = await MergeOnReadScan.PlanAsync(pinned, read, filter, cancellationToken).ConfigureAwait(false);
        var rows = scan.ReadAsync(BudgetOf(pinned), BatchRowsMax, cancellationToken);
        return ToResult(
            columns.Select(i => schema.Fields[i]).ToArray(),
            scan.Schema.Project(Enumerable.Range(0, columns.Count).ToArray()),
            filter is null ? rows : FilterAsync(rows, ExpressionTree.MapColumns(filter, read.IndexOf), columns.Count),
            request);
    }

    private MemoryBudget BudgetOf(PinnedTable pinned) => new($"the deletes of a part of table '{table.Name}'", new LakeReadOptions().DeleteMemoryLimit.Bytes)
    {
        Hint = $"Optimize the table first: then there are fewer deletes to hold. It has {pinned.Table.ChangeStore!.Metadata.Snapshots.Count} commits of changes.",
    };

    private async IAsyncEnumerable<ChangeBatch> FilterAsync(IAsyncEnumerable<ChangeBatch> rows, Expression filter, int columnCount)
    {
        var compiled = new BatchFilter(filter, evaluation);
        var columns = Enumerable.Range(0, columnCount).ToArray();
        await foreach (var batch in rows.ConfigureAwait(false))
        {
            ChangeBatch result;
            using (batch)
            using (var passed = compiled.Apply(batch))
            {
                result = passed.Project(columns);
            }

            yield return result;
        }
    }

    private List<int> ColumnsOf(Schema schema, TableReadRequest request)
    {
        if (request.Columns.Count == 0)
        {
            var unreadable = schema.Fields.Where(f => !IsReadable(f)).ToList();
            return unreadable.Count == 0
                ? Enumerable.Range(0, schema.Fields.Count).ToList()
                : throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read column '{unreadable[0].Name}' of table '{table.Name}': there is no SQL type for values of the Iceberg type '{unreadable[0].Type}'.")
                {
                    Hint = $"Read the others: --columns {string.Join(',', schema.Fields.Where(IsReadable).Select(f => f.Name))}",
                };
        }

        return request.Columns.Select(name => IndexOf(schema, name)).ToList();
    }

    // The kind leads, since a row without it says nothing; the sequence of the changes is there when it is asked for.
    private List<NestedField> ChangeColumnsOf(Schema schema, TableReadRequest request) => request.Columns.Count == 0
        ? [ChangeStoreRows.Action, .. ColumnsOf(schema, request).Select(i => schema.Fields[i])]
        : request.Columns.Select(name => ChangeStoreRows.Hidden.FirstOrDefault(f => f.Name == name) ?? schema.Fields[IndexOf(schema, name)]).ToList();

    private int IndexOf(Schema schema, string name)
    {
        for (var i = 0; i < schema.Fields.Count; i++)
        {
            if (schema.Fields[i].Name == name)
            {
                return i;
            }
        }

        throw new ArcticException(ErrorCodes.UnknownName, $"Table '{table.Name}' has no column '{name}'.") { Hint = NameSuggestion.For(name, schema.Fields.Select(f => f.Name)) };
    }

    // Columns that SQL has no type for cannot be named in the condition; the others keep their places in the table.
    private Expression? FilterOf(Schema schema, TableReadRequest request)
    {
        if (request.Where is null)
        {
            return null;
        }

        var readable = schema.Fields.Select((f, i) => (Field: f, Index: i)).Where(f => IsReadable(f.Field)).ToList();
        return ExpressionTree.MapColumns(Bind(request.Where, readable.Select(f => f.Field).ToList()), i => readable[i].Index);
    }

    // UUIDs are texts to whoever writes a condition; bytes (x'…') do for them as well.
    private Expression Bind(string where, List<NestedField> fields)
    {
        Expression BindOver(RowSchema schema) => new Binder(ResolvedTables.Empty, evaluation).BindCondition(SqlParser.ParseExpression(where), schema, "--where");
        if (fields.Exists(f => f.Type is IcebergType.Uuid))
        {
            try
            {
                return UuidColumns.ToBytes(BindOver(UuidColumns.AsTexts(fields)), fields);
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.TypeMismatch && where.Contains("x'", StringComparison.OrdinalIgnoreCase))
            {
                // Bound as bytes below.
            }
        }

        return BindOver(new RowSchema(fields.Select(TypeMapping.ToField)));
    }

    private static bool IsReadable(NestedField field) => IsReadable(field.Type);

    private static bool IsReadable(IcebergType type) => type switch
    {
        IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography => false,
        IcebergType.Struct s => s.Fields.All(IsReadable),
        IcebergType.List l => IsReadable(l.Element),
        IcebergType.Map m => IsReadable(m.Key) && IsReadable(m.Value),
        _ => true,
    };

    private static QueryResult ToResult(IReadOnlyList<NestedField> fields, RowSchema schema, IAsyncEnumerable<ChangeBatch> rows, TableReadRequest request)
    {
        if (request.UuidsAsTexts && fields.Any(f => f.Type is IcebergType.Uuid))
        {
            (schema, rows) = (UuidColumns.AsTexts(fields), UuidColumns.ToTextsAsync(rows, fields));
        }

        return new(ResultKind.Rows, schema, isChangelog: false, request.RowsMax is { } max ? TakeAsync(rows, max) : rows);
    }

    private static async IAsyncEnumerable<ChangeBatch> TakeAsync(IAsyncEnumerable<ChangeBatch> rows, long max, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (max == 0)
        {
            yield break;
        }

        await foreach (var batch in rows.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (batch.RowCount < max)
            {
                max -= batch.RowCount;
                yield return batch;
                continue;
            }

            ChangeBatch last;
            using (batch)
            {
                last = batch.Slice(0, (int)max);
            }

            yield return last;
            yield break;
        }
    }
}
