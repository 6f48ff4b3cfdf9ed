using System.Globalization;

namespace Arctic.KeyedTables.Stores;

/// <summary>
/// What the name of a file says (spec/arctic.md, A.4.1): <c>&lt;node&gt;-&lt;type&gt;-&lt;transaction&gt;-&lt;partition&gt;-&lt;task&gt;-&lt;operation&gt;-&lt;counter&gt;.parquet</c>.
/// Every generation of names is read; the newest is written.
/// </summary>
/// <param name="Bucket">The tree node that holds all keys of the file.</param>
/// <param name="Type">What the rows are.</param>
/// <param name="Transaction">The transaction id; 0 in a change store means the file's data sequence number.</param>
/// <param name="Writer">What tells the writer and interval apart from others: offsets of two files compare, as places in one stream, only when it is equal.</param>
internal readonly record struct StoreFileName(KeyBucket Bucket, StoreFileType Type, long Transaction, string Writer)
{
    /// <summary>Reads the name at the end of a path. A name of no known form means the root bucket and what the store holds by nature, as the original has it.</summary>
    public static StoreFileName Parse(string path, StoreKind store)
    {
        var name = path.AsSpan(path.LastIndexOf('/') + 1);
        if (TryParse(name, out var parsed))
        {
            // Inserts that the first releases moved unread into the base store count as base files there.
            return store == StoreKind.Base && parsed.Type == StoreFileType.Insert ? parsed with { Type = StoreFileType.Base } : parsed;
        }

        return new StoreFileName(KeyBucket.Root, store == StoreKind.Base ? StoreFileType.Base : StoreFileType.Insert, 0, "");
    }

    private static bool TryParse(ReadOnlySpan<char> name, out StoreFileName parsed)
    {
        parsed = default;
        if (name.StartsWith("."))
        {
            name = name[1..];
        }

        // Up to 0.4.0 the counter stood where the operation id is now: behind the five parts read here both are a rest that nothing depends on.
        if (!TryTakeNumber(ref name, out var node) || !TryTakeType(ref name, out var type) || !TryTakeNumber(ref name, out var transaction)
            || !TryTakeNumber(ref name, out _) || !TryTakeNumber(ref name, out var task) || KeyBucket.FindById(node) is not { } bucket)
        {
            return false;
        }

        // Names before 0.4.1 have no operation id, so what is left begins with the counter.
        var operationEnd = name.IndexOf('-');
        var operation = operationEnd < 0 ? "" : name[..operationEnd];
        parsed = new StoreFileName(bucket, type, transaction, string.Create(CultureInfo.InvariantCulture, $"{task}-{operation}"));
        return true;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<char> rest, out long number)
    {
        var dash = rest.IndexOf('-');
        number = 0;
        if (dash <= 0 || !long.TryParse(rest[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            return false;
        }

        rest = rest[(dash + 1)..];
        return true;
    }

    private static bool TryTakeType(ref ReadOnlySpan<char> rest, out StoreFileType type)
    {
        var dash = rest.IndexOf('-');
        StoreFileType? known = (dash < 0 ? rest : rest[..dash]) switch
        {
            "B" => StoreFileType.Base,
            "I" => StoreFileType.Insert,
            "ED" => StoreFileType.EqualityDelete,
            "PD" => StoreFileType.PositionDelete,
            _ => null,
        };
        type = known ?? default;
        rest = rest[(dash + 1)..];
        return known is not null;
    }
}

/// <summary>Names the files of one writer between two barriers; one instance a writer and interval. Not thread-safe.</summary>
internal sealed class StoreFileNamer
{
    private readonly int _task;
    private readonly long _operation;
    private int _counter;

    /// <summary>Makes a namer.</summary>
    /// <param name="task">The writer's 0-based subtask.</param>
    /// <param name="random">Gives the operation id, which keeps the names of writers, runs and intervals apart.</param>
    /// <param name="salt">Differs between runs whose random sources may repeat each other, as replayed ones do: a file that is part of the table must never be written again.</param>
    public StoreFileNamer(int task, Random random, long salt = 0)
    {
        _task = task;

        // A product with an odd number is a bijection, so different salts give different ids for one draw.
        _operation = (random.NextInt64(1, long.MaxValue) ^ (salt * -7046029254386353131L)) & long.MaxValue;
    }

    /// <summary>The next name; the counter goes over all buckets and types.</summary>
    public string Next(KeyBucket bucket, StoreFileType type, long transaction, string extension) =>
        string.Create(CultureInfo.InvariantCulture, $"{bucket.Id}-{CodeOf(type)}-{transaction}-{0:D5}-{_task}-{_operation}-{++_counter:D5}.{extension}");

    private static string CodeOf(StoreFileType type) => type switch
    {
        StoreFileType.Base => "B",
        StoreFileType.Insert => "I",
        StoreFileType.EqualityDelete => "ED",
        _ => "PD",
    };
}
