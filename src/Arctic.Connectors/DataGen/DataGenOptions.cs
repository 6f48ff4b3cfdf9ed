using Arctic.Columnar.Options;

namespace Arctic.Connectors.DataGen;

/// <summary>Options of the connector <c>datagen</c>; those of columns are in <see cref="DataGenFieldOptions"/>.</summary>
internal sealed record DataGenOptions
{
    public const string RowsPerSecondKey = "rows-per-second";
    public const string NumberOfRowsKey = "number-of-rows";
    public const string ParallelismKey = "scan.parallelism";

    /// <summary>The most rows a second, in all. Default 10000.</summary>
    [Option(RowsPerSecondKey)]
    public double RowsPerSecond { get; init; } = 10_000;

    /// <summary>The rows after which the table ends; by default it does not, unless a column is a sequence.</summary>
    [Option(NumberOfRowsKey)]
    public long? NumberOfRows { get; init; }

    /// <summary>The number of splits that the rows are dealt to, which is the most readers that are of use. Default 1: rows come in the order of their numbers.</summary>
    [Option(ParallelismKey)]
    public int Parallelism { get; init; } = 1;

    /// <summary>Another seed gives other random values; the same seed gives the same rows in every run, times aside. Default 0.</summary>
    [Option("seed")]
    public long Seed { get; init; }
}

/// <summary>Options of one column: <c>fields.&lt;name&gt;.&lt;key&gt;</c>; those of an array's elements <c>fields.&lt;name&gt;.element.&lt;key&gt;</c>, of a row's field <c>fields.&lt;name&gt;.&lt;field&gt;.&lt;key&gt;</c>.</summary>
internal sealed record DataGenFieldOptions
{
    /// <summary><c>random</c> (default), or <c>sequence</c>: <see cref="Start"/> in the first row, one more in each.</summary>
    [Option("kind")]
    public DataGenKind Kind { get; init; } = DataGenKind.Random;

    /// <summary>The least random number; by default the least of an integer type, and 0 of the others.</summary>
    [Option("min")]
    public string? Min { get; init; }

    /// <summary>The greatest random number; by default that of the type.</summary>
    [Option("max")]
    public string? Max { get; init; }

    /// <summary>How far before now random timestamps may lie. Default 0: they are the time of the row's making.</summary>
    [Option("max-past")]
    public TimeSpan MaxPast { get; init; }

    /// <summary>The length of random texts and bytes (default 100, or that of the type if it is less) and arrays (default 3).</summary>
    [Option("length")]
    public int? Length { get; init; }

    /// <summary>Whether lengths vary from 1 to <see cref="Length"/>. Default false.</summary>
    [Option("var-len")]
    public bool VarLen { get; init; }

    /// <summary>The first number of a sequence; required for one.</summary>
    [Option("start")]
    public long? Start { get; init; }

    /// <summary>The last number of a sequence, with which the table ends; required for one.</summary>
    [Option("end")]
    public long? End { get; init; }

    /// <summary>The share of NULLs, 0 to 1. Default 0.</summary>
    [Option("null-rate")]
    public double NullRate { get; init; }
}

/// <summary>How the values of a column come about.</summary>
internal enum DataGenKind
{
    Random,
    Sequence,
}
