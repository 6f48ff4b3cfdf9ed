using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Statements;

/// <summary>Results of statements that are not queries: rows of text that are there at once.</summary>
internal static class Listing
{
    private static readonly RowSchema ResultSchema = new(new Field("result", DataTypes.String));

    /// <summary>Success, with nothing to show. A new one each time: a result can be read once.</summary>
    public static QueryResult Ok => new(ResultKind.Success, ResultSchema, isChangelog: false, NoRows());

    /// <summary>One column of texts.</summary>
    public static QueryResult Of(string column, IEnumerable<string> values) => Of([column], values.Select(v => new string?[] { v }));

    /// <summary>Several columns of texts; null is NULL.</summary>
    public static QueryResult Of(IReadOnlyList<string> columns, IEnumerable<string?[]> rows)
    {
        var schema = new RowSchema(columns.Select(c => new Field(c, DataTypes.String)));
        var builders = columns.Select(_ => new BytesColumnBuilder(DataTypes.String)).ToArray();
        var count = 0;
        foreach (var row in rows)
        {
            count++;
            for (var i = 0; i < builders.Length; i++)
            {
                if (row[i] is { } text)
                {
                    builders[i].Append(text.AsSpan());
                }
                else
                {
                    builders[i].AppendNull();
                }
            }
        }

        return new QueryResult(ResultKind.Listing, schema, isChangelog: false, OneBatch(new ChangeBatch(schema, builders.Select(b => b.Build()).ToArray(), count)));
    }

    /// <summary>Several columns of texts and truth values; null is NULL.</summary>
    public static QueryResult Of(RowSchema schema, IEnumerable<object?[]> rows)
    {
        var builders = schema.Fields.Select(f => ColumnBuilder.Create(f.Type)).ToArray();
        var count = 0;
        foreach (var row in rows)
        {
            count++;
            for (var i = 0; i < builders.Length; i++)
            {
                switch (row[i])
                {
                    case null:
                        builders[i].AppendNull();
                        break;
                    case bool value:
                        ((BooleanColumnBuilder)builders[i]).Append(value);
                        break;
                    case var text:
                        ((BytesColumnBuilder)builders[i]).Append(((string)text).AsSpan());
                        break;
                }
            }
        }

        return new QueryResult(ResultKind.Listing, schema, isChangelog: false, OneBatch(new ChangeBatch(schema, builders.Select(b => b.Build()).ToArray(), count)));
    }

    /// <summary>A job that was started or has finished.</summary>
    public static QueryResult OfJob(ResultKind kind, string name) => new(kind, ResultSchema, isChangelog: false, NoRows()) { JobName = name };

    private static async IAsyncEnumerable<ChangeBatch> NoRows()
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield break;
    }

    private static async IAsyncEnumerable<ChangeBatch> OneBatch(ChangeBatch batch)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return batch;
    }
}
