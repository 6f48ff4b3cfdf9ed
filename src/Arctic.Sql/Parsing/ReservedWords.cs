using System.Collections.Frozen;

namespace Arctic.Sql.Parsing;

/// <summary>
/// The words that are names only in backticks: those that the grammar needs, and those that Flink reserves and users meet (spec/flink-sql.md, 1.1).
/// Accepting more words as names than Flink does is safe, so the list holds no others.
/// </summary>
internal static class ReservedWords
{
    private static readonly FrozenSet<string> Words = new[]
    {
        "ALL", "AND", "ANY", "ARRAY", "AS", "ASYMMETRIC", "BEGIN", "BETWEEN", "BIGINT", "BINARY", "BOOLEAN", "BOTH", "BY", "BYTES", "CALL", "CASE", "CAST", "CATALOGS",
        "CHAR", "CHARACTER", "COLUMN", "COMMENT", "CONSTRAINT", "COUNT", "CREATE", "CROSS", "CUBE", "CURRENT", "CURRENT_CATALOG", "CURRENT_DATE", "CURRENT_ROW",
        "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "DATABASES", "DATE", "DAY", "DECIMAL", "DEFAULT", "DELETE", "DESCRIBE", "DISTINCT", "DOUBLE", "DROP",
        "ELSE", "END", "ESCAPE", "EXCEPT", "EXECUTE", "EXISTS", "EXPLAIN", "EXTRACT", "FALSE", "FETCH", "FILTER", "FLOAT", "FOR", "FROM", "FULL", "GROUP", "GROUPING",
        "HAVING", "HOUR", "IN", "INNER", "INSERT", "INT", "INTEGER", "INTERSECT", "INTERVAL", "INTO", "IS", "JOIN", "LANGUAGE", "LATERAL", "LEADING", "LEFT", "LIKE",
        "LIMIT", "LOCALTIME", "LOCALTIMESTAMP", "MATCH", "MATCH_RECOGNIZE", "MERGE", "MINUS", "MINUTE", "MODULES", "MONTH", "NATURAL", "NOT", "NULL", "NUMERIC", "OFFSET",
        "ON", "ONE", "OR", "ORDER", "ORDINAL", "OUTER", "OVER", "OVERLAPS", "PARTITION", "PERCENT", "POSITION", "PRECISION", "PRIMARY", "QUALIFY", "RANGE", "RAW",
        "RESULT", "RIGHT", "ROLLUP", "ROW", "ROWS", "SECOND", "SELECT", "SET", "SHOW", "SIMILAR", "SMALLINT", "SOME", "START", "STRING", "SYMMETRIC", "SYSTEM", "TABLE",
        "TABLES", "TABLESAMPLE", "THEN", "TIME", "TIMESTAMP", "TIMESTAMP_LTZ", "TINYINT", "TO", "TRAILING", "TRUE", "UNION", "UNIQUE", "UNKNOWN", "UNNEST", "UPDATE",
        "USE", "USER", "USING", "VALUE", "VALUES", "VARBINARY", "VARCHAR", "VIEWS", "WATERMARK", "WATERMARKS", "WHEN", "WHERE", "WINDOW", "WITH", "WITHIN", "WITHOUT",
        "YEAR",
    }.ToFrozenSet(StringComparer.Ordinal);

    // Reserved words that a parenthesis makes a call of.
    private static readonly FrozenSet<string> Callable = new[]
    {
        "COUNT", "CURRENT_CATALOG", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "DAY", "GROUPING", "HOUR", "LEFT", "LOCALTIME", "LOCALTIMESTAMP",
        "MINUTE", "MONTH", "PERCENT", "RIGHT", "SECOND", "USER", "YEAR",
    }.ToFrozenSet(StringComparer.Ordinal);

    // Functions that are called without parentheses.
    private static readonly FrozenSet<string> Bare = new[]
    {
        "CURRENT_CATALOG", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "LOCALTIME", "LOCALTIMESTAMP", "USER",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether a word in upper case needs backticks to be a name.</summary>
    public static bool Contains(string keyword) => Words.Contains(keyword);

    /// <summary>Whether a word in upper case may be followed by arguments.</summary>
    public static bool IsCallable(string keyword) => !Words.Contains(keyword) || Callable.Contains(keyword);

    /// <summary>Whether a reserved word in upper case is a function without arguments.</summary>
    public static bool IsBareFunction(string keyword) => Bare.Contains(keyword);
}
