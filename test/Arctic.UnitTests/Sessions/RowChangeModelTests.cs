using System.Globalization;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Sessions;

/// <summary>Random INSERT, DELETE, UPDATE, INSERT OVERWRITE, TRUNCATE and maintenance of tables of every kind against a list of rows.</summary>
public sealed class RowChangeModelTests
{
    private const int KeyCount = 30;
    private const int StatementCount = 30;

    public static TheoryData<string, string, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, int>();
            foreach (var (kind, clause) in new[]
            {
                ("keyed", ", PRIMARY KEY (id, p) NOT ENFORCED) PARTITIONED BY (p) WITH ('write.upsert.enabled' = 'true', 'base.file-index.hash-bucket' = '2')"),
                ("keyed", ", PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', 'change.file-index.hash-bucket' = '1')"),
                ("plain", ") PARTITIONED BY (p)"),
                ("plain", ") PARTITIONED BY (p) WITH ('write.delete.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read')"),
                ("plain", ") PARTITIONED BY (p) WITH ('format-version' = '3', 'write.delete.mode' = 'merge-on-read', 'write.update.mode' = 'merge-on-read')"),
                ("plain", ") WITH ('format-version' = '3')"),
            })
            {
                cases.Add(kind, clause, 1);
                cases.Add(kind, clause, 2);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Every_statement_leaves_the_rows_of_the_model(string kind, string clause, int seed)
    {
        var random = new Random(seed * 7919 + clause.Length);
        var isKeyed = kind == "keyed";
        var isPartitioned = clause.Contains("PARTITIONED", StringComparison.Ordinal);
        await using var session = new SessionBuilder { ObjectStore = ObjectStoreRouter.CreateDefault(TimeProvider.System) }.Build();
        await session.RunAsync("SET 'execution.runtime-mode' = 'batch'");
        await session.RunAsync("SET 'parallelism.default' = '2'");
        await session.RunAsync("CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')");
        await session.RunAsync("CREATE DATABASE lake.db");
        await session.RunAsync("USE CATALOG lake");
        await session.RunAsync("USE db");
        await session.RunAsync($"CREATE TABLE t (id INT, v INT, p STRING{clause}");
        var model = new List<Row>();
        var said = new List<string>();
        for (var i = 0; i < StatementCount; i++)
        {
            var (sql, next) = Choose(random, model, isKeyed, isPartitioned);
            said.Add(sql);
            await session.RunAsync(sql);
            model = next;

            var rows = await session.RunAsync("SELECT id, v, p FROM t");

            Assert.True(rows.Order().SequenceEqual(model.Select(r => r.ToString()).Order()), $"seed {seed} of '{clause}', after\n{string.Join(";\n", said)}\nthe table has\n{string.Join("\n", rows.Order())}\nthe model\n{string.Join("\n", model.Select(r => r.ToString()).Order())}");
        }
    }

    private static (string Sql, List<Row> Next) Choose(Random random, List<Row> model, bool isKeyed, bool isPartitioned)
    {
        var (m, r) = (random.Next(2, 6), random.Next(5));
        switch (random.Next(14))
        {
            case 0 or 1 or 2 or 3:
                var added = NewRows(random, partition: null).Concat(NewRows(random, partition: null)).ToList();
                return ($"INSERT INTO t VALUES {Values(added)}", Added(model, added, isKeyed));
            case 4:
                return ($"DELETE FROM t WHERE id % {m} = {r % m}", model.Where(x => x.Id % m != r % m).ToList());
            case 5:
                return ($"DELETE FROM t WHERE p = 'p{r % 3}' AND v > 500", model.Where(x => !(x.P == $"p{r % 3}" && x.V > 500)).ToList());
            case 6:
                return ($"DELETE FROM t WHERE id IN (SELECT MAX(id) FROM t) OR CHAR_LENGTH(CAST(v AS STRING)) = 2", model.Where(x => x.Id != model.Max(y => y.Id) && Text(x.V).Length != 2).ToList());
            case 7:
                return ($"UPDATE t SET v = v + {m} WHERE id % {m} = {r % m}", model.Select(x => x.Id % m == r % m ? x with { V = x.V + m } : x).ToList());
            case 8:
                var max = model.Count == 0 ? 0 : model.Max(x => x.V);
                return ("UPDATE t SET v = (SELECT MAX(v) FROM t) - v WHERE id < 20", model.Select(x => x.Id < 20 ? x with { V = max - x.V } : x).ToList());
            case 9 when isPartitioned:
                var written = NewRows(random, partition: null).Concat(NewRows(random, partition: null)).ToList();
                return ($"INSERT OVERWRITE t VALUES {Values(written)}", Added(model.Where(x => !written.Exists(y => y.P == x.P)).ToList(), written, isKeyed));
            case 9:
                return ($"INSERT OVERWRITE t SELECT id, v + 1, p FROM t WHERE id > {r}", model.Where(x => x.Id > r).Select(x => x with { V = x.V + 1 }).ToList());
            case 10 when isPartitioned:
                var replaced = NewRows(random, partition: r % 3);
                var source = replaced.Count == 0 ? $"SELECT id, v FROM t WHERE FALSE" : $"VALUES {string.Join(", ", replaced.Select(x => $"({x.Id}, {x.V})"))}";
                return ($"INSERT OVERWRITE t PARTITION (p = 'p{r % 3}') {source}", [.. model.Where(x => x.P != $"p{r % 3}"), .. replaced]);
            case 10 when random.Next(3) == 0:
                return ("TRUNCATE TABLE t", []);
            case 11 or 12:
                return (isKeyed ? "CALL sys.optimize('t')" : "CALL sys.rewrite_data_files(table => 't', min_input_files => 2)", model);
            default:
                return ("CALL sys.expire_snapshots('t', '2999-01-01 00:00:00')", model);
        }
    }

    // The last row of a key stays.
    private static List<Row> Added(List<Row> model, List<Row> added, bool isKeyed) => isKeyed
        ? model.Concat(added).GroupBy(x => x.Id).Select(g => g.Last()).ToList()
        : [.. model, .. added];

    // A row's partition belongs to its key, as the format asks.
    private static List<Row> NewRows(Random random, int? partition)
    {
        var ids = Enumerable.Range(0, KeyCount).Where(i => partition is null || i % 3 == partition).ToArray();
        random.Shuffle(ids);
        return ids.Take(random.Next(partition is null ? 1 : 0, 8)).Select(i => new Row(i, random.Next(1000), $"p{i % 3}")).ToList();
    }

    private static string Values(List<Row> rows) => string.Join(", ", rows.Select(r => $"({r.Id}, {r.V}, '{r.P}')"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Row(int Id, int V, string P)
    {
        public override string ToString() => $"{Text(Id)}|{Text(V)}|{P}";
    }
}
