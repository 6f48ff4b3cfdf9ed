using System.Linq.Expressions;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using CsCheck;

namespace Arctic.UnitTests.Iceberg.Filters;

/// <summary>Filters keep the rows that C# would keep, whatever files and partitions they rule out.</summary>
public sealed class FilterTests : IAsyncLifetime
{
    private static readonly long[] Some = [1, 5, 7];
    private readonly IcebergCatalog _catalog = IcebergCatalog.OpenMemory();
    private readonly List<Row> _rows = [];
    private IcebergTable _table = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _table = await _catalog.CreateTableAsync("db.t", TableCreation.For<Row>().PartitionedBy("day", new Transform.Month()).SortedBy("id"), Token);
        var random = new Random(7);
        for (var commit = 0; commit < 4; commit++)
        {
            var rows = Enumerable.Range(0, 60).Select(i => Random(random, (commit * 60) + i)).ToArray();
            _rows.AddRange(rows);
            await _table.AppendAsync(rows, Token);
        }
    }

    public ValueTask DisposeAsync() => _catalog.DisposeAsync();

    [Fact]
    public async Task Lambdas_mean_what_they_mean_in_C()
    {
        var list = new List<string> { "a", "b" };
        var set = new HashSet<int?> { 3, null };
        var (low, text, when, id) = (20L, "b", new DateOnly(2024, 2, 10), _rows[3].Key);
        var at = _rows[9].At;
        Expression<Func<Row, bool>>[] lambdas =
        [
            r => r.Id > low, r => 200 <= r.Id, r => r.Id == 7 || r.Id == 100, r => r.Id != 7 && r.Id < 12, r => !(r.Id > 50), r => r.Id + 1 > 230 && r.Id % 2 == 0, r => -r.Id > -4,
            r => r.Name == text, r => r.Name != text, r => !(r.Name == text), r => r.Name == null, r => r.Name != null && r.Name.StartsWith("a"), r => r.Name!.StartsWith('%'),
            r => r.Name!.EndsWith("_", StringComparison.Ordinal), r => r.Name!.Contains("%"), r => string.IsNullOrEmpty(r.Name), r => list.Contains(r.Name!), r => !list.Contains(r.Name!),
            r => Some.Contains(r.Id), r => set.Contains(r.Level), r => r.Name!.Equals("a"), r => string.Equals(r.Name, "a"),
            r => r.Level == 3, r => r.Level != 3, r => r.Level > 2, r => !(r.Level > 2), r => r.Level.HasValue, r => !r.Level.HasValue, r => r.Level.HasValue && r.Level.Value == 4, r => (r.Level ?? 9) == 9,
            r => r.IsOpen, r => !r.IsOpen, r => r.IsOpen == false && r.Id < 40, r => r.Amount > 10m, r => r.Amount >= 3, r => r.Ratio < 0.25, r => r.Day >= when, r => r.Day < when.AddDays(10) && r.Day > when,
            r => r.At == at, r => r.At > at, r => r.Key == id, r => r.State == State.Done, r => r.State != State.Done, r => r.Word == State.New, r => r.Word != State.New,
            r => r.Place!.Floor == 2, r => r.Place!.City == "x", r => r.Spot.X > 0.5, r => r.Spot.X > 0.5 == r.IsOpen, r => (r.IsOpen ? r.Id : 0) > 100, r => true, r => r.Id > 3 && false,
            r => r.Small > 100, r => r.Small + r.Level > 100, r => (double)r.Id / (r.Small + 1) > 1.5, r => (long)(r.Small * 100_000) * (r.Small * 100_000) > 40_000_000_000_000,
            r => (r.Small + 0.5) * 2 > 100, r => (decimal)r.Small / 7 > 20.5m, r => r.Id / 7 == r.Small / 7, r => (long)r.Small == r.Id,
        ];

        foreach (var lambda in lambdas)
        {
            var expected = _rows.Where(Guarded(lambda.Compile())).Select(r => r.Id).Order();
            var found = await _table.ReadAsync(lambda, Token).Select(r => r.Id).Order().ToListAsync(Token);
            Assert.True(expected.SequenceEqual(found), lambda.ToString());
        }
    }

    [Fact]
    public async Task Filters_of_columns_know_NULL_as_SQL_does()
    {
        (Filter Filter, Func<Row, bool> Model)[] filters =
        [
            (Filter.Column("id") > 5, r => r.Id > 5), (5 < Filter.Column("id"), r => r.Id > 5), (Filter.Column("Level") == 3, r => r.Level == 3),
            (Filter.Column("level") != 3, r => r.Level is { } l && l != 3), (!(Filter.Column("level") == 3), r => r.Level is { } l && l != 3),
            (Filter.Column("level").IsNull(), r => r.Level is null), (Filter.Column("level").IsNotNull() & Filter.Column("id") <= 9, r => r.Level is not null && r.Id <= 9),
            (Filter.Column("id").In(1, 2, 300) | Filter.Column("name").StartsWith("b"), r => r.Id is 1 or 2 or 300 || (r.Name?.StartsWith('b') ?? false)),
            (Filter.Column("id").In(Some), r => Some.Contains(r.Id)), (Filter.Column("id").In(Array.Empty<long>()), r => false), (Filter.Column("level").NotIn(1, 2), r => r.Level is { } l && l is not (1 or 2)),
            (Filter.Column("amount").Between(2.5m, 10), r => r.Amount is >= 2.5m and <= 10), (Filter.Column("place.city") == "x", r => r.Place?.City == "x"),
            (Filter.Column("name").Contains("%"), r => r.Name?.Contains('%') ?? false), (Filter.Column("name").EndsWith("_"), r => r.Name?.EndsWith('_') ?? false),
            (Filter.Column("day") == new DateOnly(2024, 2, 3), r => r.Day == new DateOnly(2024, 2, 3)), (Filter.Column("key") == _rows[5].Key, r => r.Key == _rows[5].Key),
            (Filter.Column("at") >= _rows[5].At, r => r.At >= _rows[5].At), (Filter.Column("is_open") == true, r => r.IsOpen), (Filter.Column("ratio") > 0.5f, r => r.Ratio > 0.5f),
            (Filter.Column("word") == "Done", r => r.Word == State.Done), (Filter.Column("id") == Filter.Column("level"), r => r.Id == r.Level), (Filter.All, r => true),
        ];

        foreach (var (filter, model) in filters)
        {
            var found = await _table.ReadAsync<Row>(filter, Token).Select(r => r.Id).Order().ToListAsync(Token);
            Assert.True(_rows.Where(model).Select(r => r.Id).Order().SequenceEqual(found), filter.ToString());
        }
    }

    [Fact]
    public void Random_filters_agree_with_a_slow_model() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var (filter, model) = RandomFilter(random, 3);
            var scan = _table.NewScan().Where(filter);
            var found = scan.ReadAsync<Row>(Token).Select(r => r.Id).Order().ToListAsync(Token).AsTask().GetAwaiter().GetResult();
            Assert.True(_rows.Where(r => model(r) == true).Select(r => r.Id).Order().SequenceEqual(found), filter.ToString());
        },
        iter: 60, threads: 1);

    [Fact]
    public async Task Filters_rule_out_files()
    {
        var all = await _table.NewScan().PlanAsync(Token);
        var day = new DateOnly(2024, 2, 3);

        var byPartition = await _table.NewScan().Where(Filter.Where<Row>(r => r.Day == day)).PlanAsync(Token);
        var byBounds = await _table.NewScan().Where(Filter.Column("id") < 60).PlanAsync(Token);
        var byPrefix = await _table.NewScan().Where(Filter.Column("name").StartsWith("zz")).PlanAsync(Token);
        var byDecimal = await _table.NewScan().Where(Filter.Where<Row>(r => r.Amount > 1000m)).PlanAsync(Token);

        Assert.All(byPartition.Tasks, t => Assert.Equal(649, t.File.Partition[0]));
        Assert.True(byPartition.Tasks.Count < all.Tasks.Count);
        Assert.True(byBounds.Tasks.Count < all.Tasks.Count);
        Assert.Empty(byPrefix.Tasks);
        Assert.Empty(byDecimal.Tasks);
    }

    [Fact]
    public void What_cannot_be_translated_is_named()
    {
        var error = Assert.Throws<ArcticException>(() => _table.ReadAsync<Row>(r => r.Id > 3 && r.Name!.Trim() == "a", Token));

        Assert.Equal(ErrorCodes.Unsupported, error.Code);
        Assert.Contains("its part 'r.Name.Trim()' cannot be computed from columns.", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCodes.Unsupported, Assert.Throws<ArcticException>(() => _table.ReadAsync<Row>(r => r.Day.Year == 2024, Token)).Code);
        Assert.Equal(ErrorCodes.Unsupported, Assert.Throws<ArcticException>(() => _table.ReadAsync<Row>(r => (int)r.Ratio == 0, Token)).Code);
        Assert.Equal(ErrorCodes.Unsupported, Assert.Throws<ArcticException>(() => _table.ReadAsync<Row>(r => r.Name!.StartsWith("a", StringComparison.OrdinalIgnoreCase), Token)).Code);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        var type = Assert.Throws<ArcticException>(() => _table.ScanAsync(filter: Filter.Column("id") == "a"));
        var name = Assert.Throws<ArcticException>(() => _table.ScanAsync(filter: Filter.Column("lvel") == 1));

        Assert.Equal(ErrorCodes.TypeMismatch, type.Code);
        Assert.StartsWith("The filter 'id == 'a'' does not fit the table:", type.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCodes.UnknownName, name.Code);
        Assert.Contains("level", name.Hint!, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => Filter.Column("name") == (string)null!);
    }

    [Fact]
    public void A_value_that_throws_is_named()
    {
        int[] empty = [];

        var error = Assert.Throws<ArcticException>(() => _table.ReadAsync<Row>(r => r.Id == empty[3], Token));

        Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
    }

    // A null reference that C# would follow is no match.
    private static Func<Row, bool> Guarded(Func<Row, bool> model) => row =>
    {
        try
        {
            return model(row);
        }
        catch (NullReferenceException)
        {
            return false;
        }
    };

    private static (Filter Filter, Func<Row, bool?> Model) RandomFilter(Random random, int depth)
    {
        if (depth > 0 && random.Next(3) > 0)
        {
            var (left, right) = (RandomFilter(random, depth - 1), RandomFilter(random, depth - 1));
            return random.Next(3) switch
            {
                0 => (left.Filter & right.Filter, r => left.Model(r) & right.Model(r)),
                1 => (left.Filter | right.Filter, r => left.Model(r) | right.Model(r)),
                _ => (!left.Filter, r => !left.Model(r)),
            };
        }

        var level = random.Next(6);
        long id = random.Next(240);
        return random.Next(6) switch
        {
            0 => (Filter.Column("level") <= level, r => r.Level is { } l ? l <= level : null),
            1 => (Filter.Column("level") == level, r => r.Level is { } l ? l == level : null),
            2 => (Filter.Column("id") > id, r => r.Id > id),
            3 => (Filter.Column("level").IsNull(), r => r.Level is null),
            4 => (Filter.Column("name").StartsWith("a"), r => r.Name?.StartsWith('a')),
            _ => (Filter.Column("day") > new DateOnly(2024, 1, 1).AddDays((int)id), r => r.Day > new DateOnly(2024, 1, 1).AddDays((int)id)),
        };
    }

    private static Row Random(Random r, long id) => new(
        id, r.Next(4) == 0 ? null : new[] { "a", "b", "abc", "%x", "y_", "" }[r.Next(6)], r.Next(3) == 0 ? null : r.Next(6), r.Next(2) == 0, r.Next(2000) / 100m, r.NextDouble(),
        new DateOnly(2024, 1, 1).AddDays(r.Next(90)), DateTimeOffset.UnixEpoch.AddSeconds(r.Next(1000)), new Guid(r.Next(), 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), (State)r.Next(3), (State)r.Next(3),
        r.Next(3) == 0 ? null : new Place(r.Next(2) == 0 ? null : "x", r.Next(4)), new Spot(r.NextDouble()), (byte)r.Next(256));

    internal enum State
    {
        New,
        Open,
        Done,
    }

    internal sealed record Row(
        long Id, string? Name, int? Level, bool IsOpen, [IcebergColumn(Type = "decimal(12, 2)")] decimal Amount, double Ratio, DateOnly Day, DateTimeOffset At, Guid Key, State State,
        [IcebergColumn(Type = "string")] State Word, Place? Place, Spot Spot, byte Small);

    internal sealed record Place(string? City, int? Floor);

    internal readonly record struct Spot(double X);
}
