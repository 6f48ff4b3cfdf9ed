using Arctic.Columnar.Options;

namespace Arctic.Storage.Formats;

/// <summary>Options of the format <c>csv</c> (Flink's).</summary>
internal sealed record CsvOptions
{
    public const string FieldDelimiterKey = "csv.field-delimiter";
    public const string QuoteCharacterKey = "csv.quote-character";
    public const string EscapeCharacterKey = "csv.escape-character";
    public const string IgnoreParseErrorsKey = "csv.ignore-parse-errors";

    /// <summary>The character between cells; <c>\t</c> and <c>\u0001</c> are understood. Default <c>,</c>.</summary>
    [Option(FieldDelimiterKey)]
    public string FieldDelimiter { get; init; } = ",";

    /// <summary>The character around cells that hold delimiters, line feeds or (doubled) quotes. Default <c>"</c>.</summary>
    [Option(QuoteCharacterKey)]
    public string QuoteCharacter { get; init; } = "\"";

    /// <summary>Whether quotes are ordinary characters. Default false.</summary>
    [Option("csv.disable-quote-character")]
    public bool DisableQuoteCharacter { get; init; }

    /// <summary>The character that takes the next one literally; none by default.</summary>
    [Option(EscapeCharacterKey)]
    public string? EscapeCharacter { get; init; }

    /// <summary>The text that stands for NULL. By default none does, but a cell without text is NULL unless its column holds text or bytes.</summary>
    [Option("csv.null-literal")]
    public string? NullLiteral { get; init; }

    /// <summary>Whether lines that start with <c>#</c> are left out. Default false.</summary>
    [Option("csv.allow-comments")]
    public bool AllowComments { get; init; }

    /// <summary>Whether lines that cannot be read are skipped and counted; otherwise the job fails with the first. Default false.</summary>
    [Option(IgnoreParseErrorsKey)]
    public bool IgnoreParseErrors { get; init; }
}

/// <summary>Options of the format <c>changelog-csv</c>.</summary>
internal sealed record ChangelogCsvOptions
{
    public const string ColumnDelimiterKey = "changelog-csv.column-delimiter";
    public const string IgnoreParseErrorsKey = "changelog-csv.ignore-parse-errors";

    /// <summary>The character between the kind and the cells; <c>\t</c> and <c>\u0001</c> are understood. Default <c>|</c>.</summary>
    [Option(ColumnDelimiterKey)]
    public string ColumnDelimiter { get; init; } = "|";

    /// <summary>The text that stands for NULL. By default none does, but a cell without text is NULL unless its column holds text or bytes.</summary>
    [Option("changelog-csv.null-literal")]
    public string? NullLiteral { get; init; }

    /// <summary>Whether lines that cannot be read are skipped and counted; otherwise the job fails with the first. Default false.</summary>
    [Option(IgnoreParseErrorsKey)]
    public bool IgnoreParseErrors { get; init; }
}

/// <summary>Options of the format <c>json</c> (Flink's).</summary>
internal sealed record JsonOptions
{
    public const string IgnoreParseErrorsKey = "json.ignore-parse-errors";

    /// <summary>Whether a missing field is an error; otherwise it is NULL. Default false.</summary>
    [Option("json.fail-on-missing-field")]
    public bool FailOnMissingField { get; init; }

    /// <summary>How timestamps are written: <c>SQL</c> (<c>2022-07-01 12:32:00.123</c>, the default) or <c>ISO-8601</c> (with a <c>T</c>).</summary>
    [Option("json.timestamp-format.standard")]
    public JsonTimestampStandard TimestampFormat { get; init; } = JsonTimestampStandard.Sql;

    /// <summary>Whether lines that cannot be read are skipped and counted; otherwise the job fails with the first. Default false.</summary>
    [Option(IgnoreParseErrorsKey)]
    public bool IgnoreParseErrors { get; init; }
}

/// <summary>The spellings of Flink's option; see <see cref="TimestampFormat"/>.</summary>
internal enum JsonTimestampStandard
{
    Sql,
    Iso8601,
}
