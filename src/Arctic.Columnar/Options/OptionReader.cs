using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;

namespace Arctic.Columnar.Options;

/// <summary>Fills an options record from text pairs, and tells what it does not know.</summary>
public static class OptionReader
{
    /// <summary>Makes a <typeparamref name="T"/> whose annotated properties hold the given values, and their defaults where none is given.</summary>
    /// <param name="values">Keys to texts; keys that no property names are left alone (see <see cref="RefuseUnknown"/>).</param>
    /// <param name="context">Whose options they are, for messages: <c>table 'shop.orders'</c>.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>: a required option is missing or a value cannot be read.</exception>
    public static T Read<T>(IReadOnlyDictionary<string, string> values, string context)
        where T : class
    {
        var options = (T)Activator.CreateInstance(typeof(T), nonPublic: true)!;
        foreach (var (property, option) in OptionsOf(typeof(T)))
        {
            var key = new[] { option.Key }.Concat(option.Aliases).FirstOrDefault(values.ContainsKey);
            if (key is not null)
            {
                property.SetValue(options, Parse(values[key], property.PropertyType, key, context));
            }
            else if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null)
            {
                throw new ArcticException(ErrorCodes.InvalidOption, $"Option '{option.Key}' is missing for {context}.");
            }
        }

        return options;
    }

    /// <summary>Refuses keys that none of the given option records names, with the nearest known key as a hint.</summary>
    /// <param name="values">The options as given.</param>
    /// <param name="allowedPrefixes">Prefixes behind which any key may stand, such as <c>properties.</c>.</param>
    /// <param name="context">Whose options they are, for messages.</param>
    /// <param name="optionTypes">The records that know the keys.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public static void RefuseUnknown(
        IReadOnlyDictionary<string, string> values, IReadOnlyList<string> allowedPrefixes, string context, params IReadOnlyList<Type> optionTypes)
    {
        var known = optionTypes.SelectMany(OptionsOf).SelectMany(o => o.Option.Aliases.Prepend(o.Option.Key)).ToHashSet();
        var unknown = values.Keys.Where(k => !known.Contains(k) && !allowedPrefixes.Any(p => k.StartsWith(p, StringComparison.Ordinal))).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count == 0)
        {
            return;
        }

        // The first words are Flink's, which users search for.
        throw new ArcticException(
            ErrorCodes.InvalidOption,
            $"Unsupported options found for {context}: {string.Join(", ", unknown.Select(k => $"'{k}'"))}.")
        {
            Hint = NameSuggestion.For(unknown[0], known) ?? $"Supported options: {string.Join(", ", known.Order(StringComparer.Ordinal))}.",
        };
    }

    /// <summary>The annotated properties of an options record with their keys.</summary>
    public static IReadOnlyList<(PropertyInfo Property, OptionAttribute Option)> OptionsOf(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            .Select(p => (Property: p, Option: p.GetCustomAttribute<OptionAttribute>()!))
            .Where(p => p.Option is not null)
            .ToList();

    /// <summary>Reads a duration: a number and a unit (<c>ms</c>, <c>s</c>, <c>min</c>, <c>h</c>, <c>d</c> and their longer names); a bare number is milliseconds.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        var trimmed = text.AsSpan().Trim();
        var digits = 0;
        while (digits < trimmed.Length && char.IsAsciiDigit(trimmed[digits]))
        {
            digits++;
        }

        duration = default;
        if (digits == 0 || !long.TryParse(trimmed[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        double? unit = trimmed[digits..].Trim().ToString().ToLowerInvariant() switch
        {
            "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => 1,
            "s" or "sec" or "secs" or "second" or "seconds" => 1_000,
            "m" or "min" or "mins" or "minute" or "minutes" => 60_000,
            "h" or "hour" or "hours" => 3_600_000,
            "d" or "day" or "days" => 86_400_000,
            _ => null,
        };
        if (unit is null || number * unit.Value > TimeSpan.MaxValue.TotalMilliseconds)
        {
            return false;
        }

        duration = TimeSpan.FromMilliseconds(number * unit.Value);
        return true;
    }

    /// <summary>Reads a size: a number and a unit (<c>b</c>, <c>kb</c>, <c>mb</c>, <c>gb</c>, powers of 1024); a bare number is bytes.</summary>
    public static bool TryParseSize(string text, out long bytes)
    {
        var trimmed = text.AsSpan().Trim();
        var digits = 0;
        while (digits < trimmed.Length && char.IsAsciiDigit(trimmed[digits]))
        {
            digits++;
        }

        bytes = 0;
        if (digits == 0 || !long.TryParse(trimmed[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        int? shift = trimmed[digits..].Trim().ToString().ToLowerInvariant() switch
        {
            "" or "b" or "bytes" => 0,
            "k" or "kb" or "kib" => 10,
            "m" or "mb" or "mib" => 20,
            "g" or "gb" or "gib" => 30,
            "t" or "tb" or "tib" => 40,
            _ => null,
        };
        if (shift is null || number > long.MaxValue >> shift.Value)
        {
            return false;
        }

        bytes = number << shift.Value;
        return true;
    }

    private static object? Parse(string text, Type type, string key, string context)
    {
        var target = Nullable.GetUnderlyingType(type) ?? type;
        if (target == typeof(string))
        {
            return text;
        }

        if (target == typeof(bool) && bool.TryParse(text, out var flag))
        {
            return flag;
        }

        if (target == typeof(int) && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var int32))
        {
            return int32;
        }

        if (target == typeof(long) && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var int64))
        {
            return int64;
        }

        if (target == typeof(double) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var float64))
        {
            return float64;
        }

        if (target == typeof(TimeSpan) && TryParseDuration(text, out var duration))
        {
            return duration;
        }

        if (target == typeof(ByteSize) && TryParseSize(text, out var bytes))
        {
            return new ByteSize(bytes);
        }

        if (target.IsEnum && Enum.GetNames(target).FirstOrDefault(n => SpellingOf(n) == SpellingOf(text)) is { } name)
        {
            return Enum.Parse(target, name);
        }

        var expected = target.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(target).Select(KeySpelling)) : ExpectedText(target);
        throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read '{text}' as the value of option '{key}' of {context}: expected {expected}.");
    }

    private static string ExpectedText(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a duration such as '10 s' or '500 ms'"
        : type == typeof(ByteSize) ? "a size such as '128 mb'"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type.Name;

    private static string SpellingOf(string text) => text.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal).Trim().ToUpperInvariant();

    /// <summary>The spelling of an enum value in options: <c>LatestOffset</c> is <c>latest-offset</c>.</summary>
    private static string KeySpelling(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) && i > 0 ? "-" + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}

/// <summary>A number of bytes, written <c>128 mb</c> in options.</summary>
public readonly record struct ByteSize(long Bytes);
