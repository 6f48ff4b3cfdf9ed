using System.Text;
using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;

namespace Arctic.Sql.Functions.Json;

/// <summary>What JSON_VALUE, JSON_QUERY and JSON_EXISTS do where they have no answer.</summary>
internal enum JsonBehavior
{
    /// <summary>NULL; UNKNOWN of JSON_EXISTS.</summary>
    Null,

    /// <summary>An error.</summary>
    Error,

    /// <summary>A constant.</summary>
    Default,

    /// <summary><c>[]</c>.</summary>
    EmptyArray,

    /// <summary><c>{}</c>.</summary>
    EmptyObject,

    /// <summary>TRUE.</summary>
    True,

    /// <summary>FALSE.</summary>
    False,
}

/// <summary>How JSON_QUERY wraps what it finds.</summary>
internal enum JsonWrapper
{
    /// <summary>Not at all.</summary>
    Without,

    /// <summary>In an array, unless it is one.</summary>
    Conditional,

    /// <summary>In an array.</summary>
    Unconditional,
}

/// <summary>
/// The clauses of a call, prepared for its rows. In an expression they stand behind document and path as constants: ON EMPTY, its default, ON ERROR, its default, the wrapper; so that equal calls
/// are equal.
/// </summary>
internal sealed class JsonQuestion
{
    private const int OnEmptyAt = 2;
    private const int OnErrorAt = 4;
    private const int WrapperAt = 6;

    private string _pathText = "";
    private JsonPath? _path;

    /// <summary>Where there is nothing.</summary>
    public required JsonBehavior OnEmpty { get; init; }

    /// <summary>The constant of DEFAULT … ON EMPTY, of the result's type.</summary>
    public object? Empty { get; init; }

    /// <summary>Where the document is none, the path finds nothing in a strict way, or what it finds does not fit.</summary>
    public required JsonBehavior OnError { get; init; }

    /// <summary>The constant of DEFAULT … ON ERROR.</summary>
    public object? Error { get; init; }

    /// <summary>How JSON_QUERY wraps.</summary>
    public JsonWrapper Wrapper { get; init; }

    /// <summary>The constants that say the clauses.</summary>
    public static IEnumerable<Expression> ToArguments(JsonBehavior onEmpty, Expression empty, JsonBehavior onError, Expression error, JsonWrapper wrapper) =>
        [Word((int)onEmpty), empty, Word((int)onError), error, Word((int)wrapper)];

    /// <summary>Reads the constants of a call.</summary>
    public static JsonQuestion Of(Expression.Call call) => new()
    {
        OnEmpty = (JsonBehavior)NumberAt(call, OnEmptyAt),
        Empty = ((Expression.Literal)call.Arguments[OnEmptyAt + 1]).Value,
        OnError = (JsonBehavior)NumberAt(call, OnErrorAt),
        Error = ((Expression.Literal)call.Arguments[OnErrorAt + 1]).Value,
        Wrapper = (JsonWrapper)NumberAt(call, WrapperAt),
    };

    /// <summary>The document; null when the text is none.</summary>
    public static JsonDocument? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonDocument.Parse(text.ToArray());
        }
        catch (JsonException)
        {
            // What is no JSON takes the ON ERROR branch.
            return null;
        }
    }

    /// <summary>The path, which is parsed anew only when it changes.</summary>
    public JsonPath PathOf(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (_path is null || text != _pathText)
        {
            (_pathText, _path) = (text, JsonPath.Parse(text));
        }

        return _path;
    }

    /// <summary>The error of ERROR ON …</summary>
    public static ArcticException Failed(string function, string what) => new(ErrorCodes.EvaluationFailed, $"{function} has no value: {what}.") { Hint = "NULL or DEFAULT … ON ERROR and ON EMPTY give a value instead." };

    private static int NumberAt(Expression.Call call, int index) => (int)((Expression.Literal)call.Arguments[index]).Value!; // INT literals, as ToArguments makes them

    private static Expression.Literal Word(int value) => new(value, Columnar.Types.DataTypes.Int.AsNotNull());
}
