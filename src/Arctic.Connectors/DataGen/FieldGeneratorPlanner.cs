using System.Globalization;
using System.Numerics;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Options;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.DataGen;

/// <summary>Chooses the generator of each column by its type and options, and keeps account of the keys that have a meaning.</summary>
internal sealed class FieldGeneratorPlanner(TableConnectorContext context, long seed)
{
    private const int DefaultTextLength = 100;
    private const int DefaultListLength = 3;

    private static readonly string[] Keys = OptionReader.OptionsOf(typeof(DataGenFieldOptions)).Select(o => o.Option.Key).ToArray();

    private readonly HashSet<string> _knownKeys = [];

    /// <summary>The rows after which the shortest sequence ends; null when there is none.</summary>
    public long? SequenceRows { get; private set; }

    /// <summary>The generator of a column.</summary>
    /// <param name="name">Of the column, for messages.</param>
    /// <param name="type">Of the column.</param>
    /// <param name="prefix">What its option keys start with: <c>fields.id</c>.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>; <see cref="ErrorCodes.Unsupported"/>.</exception>
    public FieldGenerator Plan(string name, DataType type, string prefix)
    {
        var options = ReadOptions(name, prefix);
        var fieldSeed = FieldGenerator.Mix((ulong)seed, BitConverter.ToUInt64(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(prefix))));
        if (options.NullRate is < 0 or > 1 or double.NaN)
        {
            throw Bad(name, $"'null-rate' is {options.NullRate}; expected 0 to 1");
        }

        // A NOT NULL column cannot have NULLs, whatever the option says.
        if (options.NullRate > 0 && !type.IsNullable)
        {
            throw Bad(name, $"'null-rate' is {options.NullRate}, but its type is {type}");
        }

        return options.Kind == DataGenKind.Sequence ? PlanSequence(name, type, options, fieldSeed) : PlanRandom(name, type, options, fieldSeed, prefix);
    }

    /// <summary>Refuses keys that belong to no column.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public void RefuseUnknown(IEnumerable<string> keys)
    {
        var unknown = keys.Where(k => !_knownKeys.Contains(k)).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
        {
            throw new ArcticException(
                ErrorCodes.InvalidOption,
                $"Unsupported options found for {context.Subject}: {string.Join(", ", unknown.Select(k => $"'{k}'"))} name no column, or nothing that can be said of one ({string.Join(", ", Keys)}).")
            {
                Hint = NameSuggestion.For(unknown[0], _knownKeys),
            };
        }
    }

    private DataGenFieldOptions ReadOptions(string name, string prefix)
    {
        var values = new Dictionary<string, string>();
        foreach (var key in Keys)
        {
            var full = $"{prefix}.{key}";
            _knownKeys.Add(full);
            if (context.Options.TryGetValue(full, out var value))
            {
                values[key] = value;
            }
        }

        return OptionReader.Read<DataGenFieldOptions>(values, $"column '{name}' of {context.Subject}");
    }

    private FieldGenerator PlanSequence(string name, DataType type, DataGenFieldOptions options, ulong fieldSeed)
    {
        if (options.Start is not { } start || options.End is not { } end)
        {
            throw Bad(name, "a sequence needs both 'start' and 'end'");
        }

        if (end < start || (Int128)end - start >= long.MaxValue)
        {
            throw Bad(name, $"its sequence goes from {start} to {end}");
        }

        var rows = end - start + 1;
        SequenceRows = SequenceRows is { } others ? Math.Min(others, rows) : rows;
        return type switch
        {
            DataType.TinyInt => Numbers<sbyte>(1),
            DataType.SmallInt => Numbers<short>(1),
            DataType.Int => Numbers<int>(1),
            DataType.BigInt => Numbers<long>(1),
            DataType.Float => Numbers<float>(1),
            DataType.Double => Numbers<double>(1),
            DataType.Decimal d => Numbers(Int128.Parse("1" + new string('0', d.Scale), CultureInfo.InvariantCulture)),
            DataType.Char or DataType.VarChar => new TextSequence(type, fieldSeed, options.NullRate, start),
            _ => throw Bad(name, $"its type {type} has no sequence; only numbers and texts have"),
        };

        NumberSequence<T> Numbers<T>(T unit)
            where T : unmanaged, INumber<T> => new(type, fieldSeed, options.NullRate, start, unit);
    }

    private FieldGenerator PlanRandom(string name, DataType type, DataGenFieldOptions options, ulong fieldSeed, string prefix)
    {
        return type switch
        {
            DataType.Boolean => new RandomBooleans(type, fieldSeed, options.NullRate),
            DataType.TinyInt => Integers<sbyte>(),
            DataType.SmallInt => Integers<short>(),
            DataType.Int => Integers<int>(),
            DataType.BigInt => Integers<long>(),
            DataType.Float => new RandomFloats<float>(type, fieldSeed, options.NullRate, Float(options.Min, 0), Float(options.Max, float.MaxValue)),
            DataType.Double => new RandomFloats<double>(type, fieldSeed, options.NullRate, Float(options.Min, 0), Float(options.Max, double.MaxValue)),
            DataType.Decimal d => Decimals(d),
            DataType.Char c => new RandomBytes(type, fieldSeed, options.NullRate, Length(c.Length, c.Length), options.VarLen),
            DataType.VarChar c => new RandomBytes(type, fieldSeed, options.NullRate, Length(c.Length, DefaultTextLength), options.VarLen),
            DataType.Binary b => new RandomBytes(type, fieldSeed, options.NullRate, Length(b.Length, b.Length), options.VarLen),
            DataType.VarBinary b => new RandomBytes(type, fieldSeed, options.NullRate, Length(b.Length, DefaultTextLength), options.VarLen),
            DataType.Date or DataType.Time or DataType.Timestamp or DataType.TimestampLtz => new RecentTimes(type, fieldSeed, options.NullRate, options.MaxPast, context.Time),
            DataType.Array a => new RandomLists(
                type, fieldSeed, options.NullRate, Plan($"{name}.element", a.Element, prefix + ".element"), Length(int.MaxValue, DefaultListLength), options.VarLen),
            DataType.Row r => new GeneratedRows(type, fieldSeed, options.NullRate, r.Fields.Select(f => Plan($"{name}.{f.Name}", f.Type, $"{prefix}.{f.Name}")).ToList()),
            _ => throw new ArcticException(ErrorCodes.Unsupported, $"Cannot make random values of type {type} for column '{name}' of {context.Subject}."),
        };

        RandomIntegers<T> Integers<T>()
            where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => Between(Parse(options.Min, T.MinValue), Parse(options.Max, T.MaxValue));

        T Parse<T>(string? text, T otherwise)
            where T : INumber<T> => text is null ? otherwise
                : T.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value
                : throw Bad(name, $"'{text}' is no number of type {type}");

        double Float(string? text, double otherwise) => text is null ? otherwise
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value
            : throw Bad(name, $"'{text}' is no number of type {type}");

        RandomIntegers<Int128> Decimals(DataType.Decimal d)
        {
            var greatest = Int128.Parse(new string('9', d.Precision), CultureInfo.InvariantCulture);
            return Between(ParseDecimal(options.Min, 0), ParseDecimal(options.Max, greatest));

            Int128 ParseDecimal(string? text, Int128 otherwise) => text is null ? otherwise
                : NumberText.TryParseDecimal(Encoding.UTF8.GetBytes(text), d.Precision, d.Scale, out var value) ? value
                : throw Bad(name, $"'{text}' is no number of type {type}");
        }

        RandomIntegers<T> Between<T>(T min, T max)
            where T : unmanaged, IBinaryInteger<T> => min <= max
                ? new RandomIntegers<T>(type, fieldSeed, options.NullRate, min, max)
                : throw Bad(name, "its 'min' is greater than its 'max'");

        int Length(int most, int otherwise) => options.Length is not { } length ? Math.Min(most, otherwise)
            : length >= 0 && length <= most ? length
            : throw Bad(name, $"'length' is {length}, but its type is {type}");
    }

    private ArcticException Bad(string name, string what) => new(ErrorCodes.InvalidOption, $"Cannot make values for column '{name}' of {context.Subject}: {what}.");
}
