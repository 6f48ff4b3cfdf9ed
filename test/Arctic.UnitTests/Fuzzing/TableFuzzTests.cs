namespace Arctic.UnitTests.Fuzzing;

/// <summary>A table with one damaged file is read, or refused with a clear error; nothing else comes out, whichever byte is wrong.</summary>
[Collection(nameof(FuzzCollection))]
public sealed class TableFuzzTests
{
    private static readonly string[] Tables =
    [
        "engines/v3dv.6", "engines/eq_parts.1", "engines/nested_parquet.1", "engines/v3_default.1", "engines/types.1", "engines/part_all_time.1", "engines/v2_gran_file.2",
        "engines/py_types.1", "engines/parq_lz4raw.1", "engines/v1_plain.1", "impala_v3_all_types", "impala_v3_deletion_vectors", "duckdb_v2_map", "engines/formats_avro.1", "engines/decimals_avro.1", "engines/eq_fmt_avro.1",
    ];

    /// <summary>The ending of the damaged files, the iterations of an ordinary run, and the bytes that one read may allocate.</summary>
    public static TheoryData<string, int, long> Kinds => new()
    {
        { ".metadata.json", 400, 64L << 20 },
        { ".avro", 800, 64L << 20 },
        { ".parquet", 300, 64L << 20 },
        { ".puffin", 200, 64L << 20 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_damaged_file_is_read_or_refused(string ending, int iterations, long bytesMax)
    {
        var tables = new List<FuzzedTable>();
        foreach (var name in Tables)
        {
            Assert.SkipWhen(Golden.Find(name) is null, "The golden tables are not here.");
            tables.Add(await FuzzedTable.LoadAsync(Golden.Find(name)!));
        }

        await Fuzzer.RunAsync("table" + ending, iterations, bytesMax, random =>
        {
            while (true)
            {
                if (tables[random.Next(tables.Count)].Damage(random, ending) is { } input)
                {
                    return input;
                }
            }
        });
    }
}
