using System.Globalization;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Spec;

/// <summary>Which function makes a partition or sort value of a column; the functions themselves are elsewhere. Compares by value.</summary>
public abstract record Transform
{
    private Transform()
    {
    }

    /// <summary>The text in JSON: <c>identity</c>, <c>bucket[16]</c>, …</summary>
    public abstract string Text { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => Text;

    /// <summary>The type of the transform's values; the source's own where the source type is not one that it takes.</summary>
    public IcebergType ResultType(IcebergType source) => this switch
    {
        Bucket or Year or Month or Hour => IcebergTypes.Int,
        Day => IcebergTypes.Date,
        Unknown => IcebergTypes.String,
        _ => source,
    };

    /// <summary>Reads the JSON text; what is not known becomes <see cref="Unknown"/>, which the spec asks to tolerate.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: a bucket or truncate parameter that is not a positive number.</exception>
    public static Transform Parse(string text)
    {
        var lower = text.ToLowerInvariant();
        return lower switch
        {
            "identity" => new Identity(),
            "year" => new Year(),
            "month" => new Month(),
            "day" => new Day(),
            "hour" => new Hour(),
            "void" => new Void(),
            _ when ParameterOf(lower, "bucket") is { } count => new Bucket(PositiveNumber(count, text)),
            _ when ParameterOf(lower, "truncate") is { } width => new Truncate(PositiveNumber(width, text)),
            _ => new Unknown(text),
        };
    }

    private static string? ParameterOf(string text, string name) =>
        text.StartsWith(name + "[", StringComparison.Ordinal) && text.EndsWith(']') ? text[(name.Length + 1)..^1] : null;

    private static int PositiveNumber(string digits, string text) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"The transform '{text}' needs a positive number between its brackets.");

    /// <summary>The value itself.</summary>
    public sealed record Identity : Transform
    {
        /// <inheritdoc/>
        public override string Text => "identity";
    }

    /// <summary>Hash modulo <paramref name="Count"/>.</summary>
    public sealed record Bucket(int Count) : Transform
    {
        /// <inheritdoc/>
        public override string Text => string.Create(CultureInfo.InvariantCulture, $"bucket[{Count}]");
    }

    /// <summary>Numbers rounded down to a multiple, texts and bytes cut.</summary>
    public sealed record Truncate(int Width) : Transform
    {
        /// <inheritdoc/>
        public override string Text => string.Create(CultureInfo.InvariantCulture, $"truncate[{Width}]");
    }

    /// <summary>Years since 1970.</summary>
    public sealed record Year : Transform
    {
        /// <inheritdoc/>
        public override string Text => "year";
    }

    /// <summary>Months since 1970-01.</summary>
    public sealed record Month : Transform
    {
        /// <inheritdoc/>
        public override string Text => "month";
    }

    /// <summary>The date.</summary>
    public sealed record Day : Transform
    {
        /// <inheritdoc/>
        public override string Text => "day";
    }

    /// <summary>Hours since 1970-01-01T00.</summary>
    public sealed record Hour : Transform
    {
        /// <inheritdoc/>
        public override string Text => "hour";
    }

    /// <summary>Always null: a field that was dropped from a v1 spec.</summary>
    public sealed record Void : Transform
    {
        /// <inheritdoc/>
        public override string Text => "void";
    }

    /// <summary>A transform of a later version or of another engine: ignored in filters, never written with.</summary>
    public sealed record Unknown(string Found) : Transform
    {
        /// <inheritdoc/>
        public override string Text => Found;
    }
}
