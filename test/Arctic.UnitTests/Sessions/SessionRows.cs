using Arctic.Columnar.Expressions;

namespace Arctic.UnitTests.Sessions;

/// <summary>Runs statements of a session and reads their rows as text.</summary>
internal static class SessionRows
{
    /// <summary>Runs a statement to its end.</summary>
    /// <returns>Its rows, cells joined by <c>|</c>.</returns>
    public static async Task<List<string>> RunAsync(this Session session, string sql)
    {
        var rows = new List<string>();
        await using var result = await session.ExecuteAsync(sql, TestContext.Current.CancellationToken);
        await foreach (var batch in result.ReadAsync(TestContext.Current.CancellationToken))
        {
            using var compact = batch.Compact();
            for (var row = 0; row < compact.RowCount; row++)
            {
                rows.Add(string.Join('|', compact.Columns.Select(c => ValueText.Format(c, row, TimeZoneInfo.Utc))));
            }
        }

        return rows;
    }
}
