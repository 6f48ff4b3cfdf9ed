using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Sql.Logical;
using Arctic.Sql.Physical;

namespace Arctic.DuckDb.Sources;

/// <summary>A table's rows for which the scan's predicate is TRUE.</summary>
internal sealed class ScanSource(LogicalPlan.Scan scan, IBatchScanProvider scans) : BatchSource(scan.Schema)
{
    protected override string Title => $"Scan {scan.Table.Path}{(scan.Predicate is null ? "" : $" where {scan.Predicate}")}";

    protected override IReadOnlyList<BatchSource> Inputs => [];

    public override async IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Pruning is coarse: the predicate is applied to every row.
        var filter = scan.Predicate is null ? null : new BatchFilter(scan.Predicate, run.Settings);
        await foreach (var batch in scans.ReadAsync(scan, cancellationToken).ConfigureAwait(false))
        {
            if (filter is null)
            {
                yield return batch;
                continue;
            }

            using (batch)
            {
                yield return filter.Apply(batch);
            }
        }
    }
}

/// <summary>Constant rows.</summary>
internal sealed class ValuesSource(LogicalPlan.Values values) : BatchSource(values.Schema)
{
    protected override string Title => $"Values {values.Rows.Count} rows";

    protected override IReadOnlyList<BatchSource> Inputs => [];

    public override async IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return ConstantRows.Evaluate(values.Rows, Schema, run.Settings);
    }
}

/// <summary>A filter and a projection.</summary>
internal sealed class CalcSource(BatchSource input, Expression? predicate, IReadOnlyList<Expression>? projections, RowSchema schema) : BatchSource(schema)
{
    protected override string Title => $"Calc{(predicate is null ? "" : $" where {predicate}")}{(projections is null ? "" : $" select {string.Join(", ", projections)}")}";

    protected override IReadOnlyList<BatchSource> Inputs => [input];

    public override IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, CancellationToken cancellationToken) => RunAsync(run, projections, Schema, cancellationToken);

    // Expressions that nobody wants are not computed: an error in one must not matter either.
    public override IAsyncEnumerable<ChangeBatch> ReadColumnsAsync(BatchRun run, IReadOnlyList<int> columns, CancellationToken cancellationToken) => projections is null
        ? base.ReadColumnsAsync(run, columns, cancellationToken)
        : RunAsync(run, columns.Select(c => projections[c]).ToArray(), Schema.Project(columns), cancellationToken);

    private async IAsyncEnumerable<ChangeBatch> RunAsync(
        BatchRun run, IReadOnlyList<Expression>? expressions, RowSchema schema, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var calc = new BatchCalc(predicate, expressions, schema, run.Settings);
        await foreach (var batch in input.ReadAsync(run, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                yield return calc.Apply(batch);
            }
        }
    }
}

/// <summary>UNION ALL: one input after the other.</summary>
internal sealed class UnionSource(IReadOnlyList<BatchSource> branches, RowSchema schema) : BatchSource(schema)
{
    protected override string Title => "Union all";

    protected override IReadOnlyList<BatchSource> Inputs => branches;

    public override async IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var branch in branches)
        {
            await foreach (var batch in branch.ReadAsync(run, cancellationToken).ConfigureAwait(false))
            {
                using (batch)
                {
                    yield return batch.WithSchema(Schema);
                }
            }
        }
    }
}

/// <summary>LIMIT and OFFSET: stops to read its input when it has enough.</summary>
internal sealed class WindowSource(BatchSource input, long offset, long? count) : BatchSource(input.Schema)
{
    protected override string Title => $"Limit {count?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "all"} offset {offset}";

    protected override IReadOnlyList<BatchSource> Inputs => [input];

    public override async IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            yield break;
        }

        var seen = 0L;
        await foreach (var batch in input.ReadAsync(run, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                if (RowWindow.Cut(batch, ref seen, offset, count) is { } cut)
                {
                    yield return cut;
                }
            }

            if (seen >= offset + count)
            {
                yield break;
            }
        }
    }
}
