using Arctic.Columnar;
using Arctic.Dataflow.Connectors;

namespace Arctic.InteropTests.FlinkSql;

/// <summary>A source of a recorded streaming statement.</summary>
/// <param name="Name">The table's name.</param>
/// <param name="Columns">Columns, key and watermark as CREATE TABLE takes them.</param>
/// <param name="Rows">The rows in arrival order; <c>~</c> is NULL.</param>
internal sealed record RecordedFeed(string Name, string Columns, IReadOnlyList<(RowKind Kind, string[] Values)> Rows)
{
    /// <summary>What the source gives: an upsert stream when it has a key and no -U, inserts when it has only them.</summary>
    public ChangelogMode Mode => Rows.All(r => r.Kind == RowKind.Insert) ? ChangelogMode.Insert
        : Columns.Contains("PRIMARY KEY", StringComparison.Ordinal) && Rows.All(r => r.Kind != RowKind.UpdateBefore) ? ChangelogMode.Upsert
        : ChangelogMode.All;

    /// <summary>The feed of a declaration (<c>k STRING, ts TIMESTAMP(3), PK k, WM ts ts - …</c>) and all lines of the input, of which it takes its own.</summary>
    public static RecordedFeed Make(string name, string declaration, IEnumerable<string> input)
    {
        var columns = SplitOutsideParentheses(declaration).Select(part => part.Split(' ', 3) switch
        {
            ["PK", ..] => $"PRIMARY KEY ({part[3..]}) NOT ENFORCED",
            ["WM", var column, var expression] => $"WATERMARK FOR {column} AS {expression}",
            _ => part,
        });
        var rows = input.Where(l => l.StartsWith(name + " ", StringComparison.Ordinal)).Select(l => l[(name.Length + 1)..].Split('|'))
            .Select(v => (KindOf(v[0]), v[1..])).ToList();
        return new RecordedFeed(name, string.Join(", ", columns), rows);
    }

    private static RowKind KindOf(string text) => text switch
    {
        "+I" => RowKind.Insert,
        "-U" => RowKind.UpdateBefore,
        "+U" => RowKind.UpdateAfter,
        "-D" => RowKind.Delete,
        _ => throw new FormatException($"Row kind '{text}'."),
    };

    private static IEnumerable<string> SplitOutsideParentheses(string text)
    {
        var (depth, start) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i].Trim();
                start = i + 1;
            }
        }

        yield return text[start..].Trim();
    }
}
