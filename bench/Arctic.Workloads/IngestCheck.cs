using Arctic.Columnar;
using Arctic.Columnar.Columns;

namespace Arctic.Workloads;

/// <summary>Says whether a table holds what changes leave behind, by sums: each added row counts for them, each removed row against them.</summary>
internal static class IngestCheck
{
    /// <summary>Reads a table through SQL.</summary>
    /// <exception cref="InvalidOperationException">It holds other rows.</exception>
    public static async Task RequireAsync(string warehouse, string table, IEnumerable<ChangeBatch> changes)
    {
        var expected = SumsOf(changes);
        await using var session = new SessionBuilder().Build();
        await (await session.ExecuteAsync($"CREATE CATALOG lake WITH ('type'='arctic','warehouse'='{warehouse}')")).DisposeAsync();
        await using var result = await session.ExecuteAsync(
            $"SELECT COUNT(*), SUM(id), SUM(CAST(qty AS BIGINT)), SUM(CAST(CHAR_LENGTH(`comment`) AS BIGINT)) FROM lake.{table}");
        await foreach (var batch in result.ReadAsync())
        {
            using var compact = batch.Compact();
            var found = compact.Columns.Select(c => ((FixedColumn<long>)c.ToDense()).Values[0]).ToArray();
            if (!found.SequenceEqual(expected))
            {
                throw new InvalidOperationException($"The table '{table}' holds other rows than were written: count and sums are {string.Join(", ", found)} instead of {string.Join(", ", expected)}.");
            }

            return;
        }

        throw new InvalidOperationException($"Counting the rows of '{table}' gave no row.");
    }

    private static long[] SumsOf(IEnumerable<ChangeBatch> changes)
    {
        var sums = new long[4];
        foreach (var batch in changes)
        {
            var ids = ((FixedColumn<long>)batch.Columns[0]).Values;
            var quantities = ((FixedColumn<int>)batch.Columns[1]).Values;
            var comments = ((BytesColumn)batch.Columns[4]).Offsets;
            for (var row = 0; row < batch.RowCount; row++)
            {
                var sign = batch.KindAt(row) is RowKind.Insert or RowKind.UpdateAfter ? 1 : -1;
                sums[0] += sign;
                sums[1] += sign * ids[row];
                sums[2] += sign * quantities[row];
                sums[3] += sign * (comments[row + 1] - comments[row]);
            }
        }

        return sums;
    }
}
