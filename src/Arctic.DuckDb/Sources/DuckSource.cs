using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.DuckDb.Scanning;

namespace Arctic.DuckDb.Sources;

/// <summary>A stretch of the plan that DuckDB runs as one SELECT.</summary>
/// <param name="sql">The SELECT, its inputs named as in <see cref="DuckQuery.Sql"/>.</param>
/// <param name="inputs">What it reads.</param>
/// <param name="raw">What DuckDB gives.</param>
/// <param name="finish">Makes the results of it; null when they are it.</param>
/// <param name="schema">What comes out.</param>
internal sealed class DuckSource(string sql, IReadOnlyList<BatchSource> inputs, RowSchema raw, AggregateFinish? finish, RowSchema schema) : BatchSource(schema)
{
    protected override string Title => $"DuckDB {sql}";

    protected override IReadOnlyList<BatchSource> Inputs => inputs;

    public override async IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = new DuckQuery(run.Database, sql, inputs.Select(i => ToScan(i, run)).ToArray(), raw, run.Options.Threads);
        await foreach (var batch in query.RunAsync(cancellationToken).ConfigureAwait(false))
        {
            if (finish is null && Schema.Count > 0)
            {
                yield return batch;
                continue;
            }

            using (batch)
            {
                yield return finish?.Apply(batch) ?? batch.WithColumns(Schema, []);
            }
        }
    }

    private static ScanInput ToScan(BatchSource source, BatchRun run)
    {
        if (source.Schema.Count > 0)
        {
            return new ScanInput(source.Schema, (columns, token) => InsertOnlyAsync(source.ReadColumnsAsync(run, columns, token)));
        }

        // DuckDB knows no relation without columns.
        var schema = new RowSchema(new Field("none", DataTypes.Null));
        return new ScanInput(schema, (columns, token) => PadAsync(source.ReadAsync(run, token), columns.Count == 0 ? RowSchema.Empty : schema));
    }

    private static async IAsyncEnumerable<ChangeBatch> PadAsync(IAsyncEnumerable<ChangeBatch> batches, RowSchema schema)
    {
        await foreach (var batch in InsertOnlyAsync(batches).ConfigureAwait(false))
        {
            using (batch)
            {
                yield return batch.WithColumns(schema, schema.Fields.Select(Column (_) => new NullColumn(batch.ColumnLength)).ToArray());
            }
        }
    }

    private static async IAsyncEnumerable<ChangeBatch> InsertOnlyAsync(IAsyncEnumerable<ChangeBatch> batches)
    {
        await foreach (var batch in batches.ConfigureAwait(false))
        {
            if (!batch.IsInsertOnly && batch.Kinds.Span.IndexOfAnyExcept(RowKind.Insert) >= 0)
            {
                batch.Dispose();
                throw new ArcticException(ErrorCodes.Unsupported, "A batch query cannot join, group or sort rows of a changelog: an input gave a row that is no '+I'.")
                {
                    Hint = "SET 'execution.runtime-mode' = 'streaming'.",
                };
            }

            yield return batch;
        }
    }
}
