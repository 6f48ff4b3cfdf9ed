using System.Globalization;
using System.Text;
using Arctic.Columnar.Kernels;
using Calendar = Arctic.Columnar.Kernels.Calendar;

namespace Arctic.Sql.Functions;

/// <summary>
/// A Java date pattern. Two dialects: java.time's DateTimeFormatter (strict; DATE_FORMAT of timestamps, TO_TIMESTAMP) and SimpleDateFormat
/// (lenient; FROM_UNIXTIME, UNIX_TIMESTAMP, TO_DATE). Names of days and months are English.
/// </summary>
internal sealed class DatePattern
{
    private static readonly string[] Months = CultureInfo.InvariantCulture.DateTimeFormat.MonthNames[..12];
    private static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    private readonly List<Part> _parts;
    private readonly bool _isLenient;

    private DatePattern(List<Part> parts, bool isLenient) => (_parts, _isLenient) = (parts, isLenient);

    /// <summary>Whether text carries its own offset from UTC (X, Z).</summary>
    public bool HasOffset => _parts.Any(p => p.Letter is 'X' or 'Z' or 'x');

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException">A quote is not closed, or a letter has no meaning.</exception>
    public static DatePattern Parse(string pattern, bool isLenient)
    {
        var parts = new List<Part>();
        for (var i = 0; i < pattern.Length;)
        {
            var c = pattern[i];
            if (c == '\'')
            {
                var literal = ReadQuoted(pattern, ref i);
                parts.Add(new Part('\'', 0, literal));
            }
            else if (char.IsAsciiLetter(c))
            {
                var start = i;
                while (i < pattern.Length && pattern[i] == c)
                {
                    i++;
                }

                if (!"yuYMLdDHhkKmsSaEewQXxZznG".Contains(c, StringComparison.Ordinal))
                {
                    throw EvaluationErrors.Failed($"Cannot use the date pattern '{pattern}': illegal pattern character '{c}'.");
                }

                parts.Add(new Part(c, i - start, ""));
            }
            else
            {
                parts.Add(new Part('\'', 0, c.ToString()));
                i++;
            }
        }

        return new DatePattern(parts, isLenient);
    }

    /// <summary>Writes a local moment.</summary>
    /// <param name="offsetSeconds">The offset from UTC for X and Z; null when there is none, which makes them errors.</param>
    public string Format(int day, long nanosOfDay, int? offsetSeconds)
    {
        var output = new StringBuilder();
        foreach (var part in _parts)
        {
            AppendPart(output, part, day, nanosOfDay, offsetSeconds);
        }

        return output.ToString();
    }

    /// <summary>Reads a local moment; missing fields are those of 1970-01-01 00:00:00.</summary>
    /// <param name="offsetSeconds">The offset that the text carries; null when the pattern has none.</param>
    public bool TryParse(ReadOnlySpan<char> text, out int day, out long nanosOfDay, out int? offsetSeconds)
    {
        (day, nanosOfDay, offsetSeconds) = (0, 0, null);
        var fields = new Fields();
        for (var i = 0; i < _parts.Count; i++)
        {
            var isAbutting = i + 1 < _parts.Count && IsNumeric(_parts[i + 1]);
            if (!TryReadPart(ref text, _parts[i], isAbutting, fields))
            {
                return false;
            }
        }

        offsetSeconds = fields.Offset;
        return (_isLenient || text.IsEmpty) && fields.TryResolve(_isLenient, out day, out nanosOfDay);
    }

    private static string ReadQuoted(string pattern, ref int i)
    {
        if (i + 1 < pattern.Length && pattern[i + 1] == '\'')
        {
            i += 2;
            return "'";
        }

        var literal = new StringBuilder();
        for (i++; i < pattern.Length; i++)
        {
            if (pattern[i] != '\'')
            {
                literal.Append(pattern[i]);
            }
            else if (i + 1 < pattern.Length && pattern[i + 1] == '\'')
            {
                literal.Append('\'');
                i++;
            }
            else
            {
                i++;
                return literal.ToString();
            }
        }

        throw EvaluationErrors.Failed($"Cannot use the date pattern '{pattern}': a quote is not closed.");
    }

    private static bool IsNumeric(Part part) => part.Letter switch
    {
        '\'' or 'a' or 'E' or 'G' or 'X' or 'x' or 'Z' or 'z' => false,
        'M' or 'L' => part.Count <= 2,
        _ => true,
    };

    private void AppendPart(StringBuilder output, Part part, int day, long nanosOfDay, int? offsetSeconds)
    {
        var (year, month, dayOfMonth) = Calendar.ToDate(day);
        var hour = (int)(nanosOfDay / 3_600_000_000_000);
        switch (part.Letter)
        {
            case '\'':
                output.Append(part.Literal);
                break;
            case 'y':
            case 'u' when !_isLenient:
                AppendNumber(output, part.Count == 2 ? year % 100 : year, part.Count);
                break;
            case 'u':
                AppendNumber(output, Calendar.IsoDayOfWeek(day), part.Count);
                break;
            case 'Y':
                var weekYear = UsWeek(day).Year;
                AppendNumber(output, part.Count == 2 ? weekYear % 100 : weekYear, part.Count);
                break;
            case 'M' or 'L' when part.Count >= 3:
                output.Append(part.Count == 3 ? Months[month - 1][..3] : Months[month - 1]);
                break;
            case 'E' or 'e' when part.Letter == 'E' || part.Count >= 3:
                var name = Days[Calendar.IsoDayOfWeek(day) - 1];
                output.Append(part.Count <= 3 ? name[..3] : name);
                break;
            case 'S' when !_isLenient:
                output.Append((nanosOfDay % 1_000_000_000).ToString("D9", CultureInfo.InvariantCulture).AsSpan(0, Math.Min(9, part.Count)));
                break;
            case 'a':
                output.Append(hour < 12 ? "AM" : "PM");
                break;
            case 'G':
                output.Append(year > 0 ? "AD" : "BC");
                break;
            case 'X' or 'x' or 'Z' or 'z':
                AppendOffset(output, part, offsetSeconds ?? throw EvaluationErrors.Failed($"Cannot format a timestamp without a zone: unsupported field '{part.Letter}' in the date pattern."));
                break;
            default:
                AppendNumber(output, NumberOf(part.Letter, day, month, dayOfMonth, hour, nanosOfDay), part.Count);
                break;
        }
    }

    private static int NumberOf(char letter, int day, int month, int dayOfMonth, int hour, long nanosOfDay) => letter switch
    {
        'M' or 'L' => month,
        'd' => dayOfMonth,
        'D' => Calendar.DayOfYear(day),
        'H' => hour,
        'k' => hour == 0 ? 24 : hour,
        'K' => hour % 12,
        'h' => hour % 12 == 0 ? 12 : hour % 12,
        'm' => (int)(nanosOfDay / 60_000_000_000 % 60),
        's' => (int)(nanosOfDay / 1_000_000_000 % 60),
        'S' => (int)(nanosOfDay / 1_000_000 % 1000),
        'n' => (int)(nanosOfDay % 1_000_000_000),
        'e' => (Calendar.IsoDayOfWeek(day) % 7) + 1,
        'w' => UsWeek(day).Week,
        'Q' => ((month - 1) / 3) + 1,
        _ => throw new System.Diagnostics.UnreachableException($"Pattern letter {letter}"),
    };

    private static void AppendNumber(StringBuilder output, int value, int count)
    {
        if (value < 0)
        {
            output.Append('-');
        }

        output.Append(Math.Abs(value).ToString(CultureInfo.InvariantCulture).PadLeft(count, '0'));
    }

    private static void AppendOffset(StringBuilder output, Part part, int seconds)
    {
        if (seconds == 0 && part.Letter is 'X' or 'z')
        {
            output.Append(part.Letter == 'X' ? "Z" : "UTC");
            return;
        }

        var magnitude = Math.Abs(seconds);
        output.Append(seconds < 0 ? '-' : '+').Append((magnitude / 3600).ToString("D2", CultureInfo.InvariantCulture));
        if (part.Letter is 'Z' or 'z' || part.Count >= 2 || magnitude % 3600 != 0)
        {
            output.Append(part.Letter is not ('Z' or 'z') && part.Count >= 3 ? ":" : "").Append((magnitude / 60 % 60).ToString("D2", CultureInfo.InvariantCulture));
        }
    }

    // Weeks of the US: they start on Sunday, and the week of 1 January is the first.
    private static (int Year, int Week) UsWeek(int day)
    {
        var sunday = day - (Calendar.IsoDayOfWeek(day) % 7);
        var year = Calendar.ToDate(sunday + 6).Year;
        var newYear = Calendar.ToDays(year, 1, 1);
        return (year, ((sunday - (newYear - (Calendar.IsoDayOfWeek(newYear) % 7))) / 7) + 1);
    }

    private bool TryReadPart(ref ReadOnlySpan<char> text, Part part, bool isAbutting, Fields fields)
    {
        switch (part.Letter)
        {
            case '\'':
                if (!text.StartsWith(part.Literal))
                {
                    return false;
                }

                text = text[part.Literal.Length..];
                return true;
            case 'M' or 'L' when part.Count >= 3:
                return TryReadName(ref text, Months, part.Count == 3, out fields.Month);
            case 'E':
                return TryReadName(ref text, Days, part.Count <= 3, out _);
            case 'a':
                var isPm = text.StartsWith("PM", StringComparison.OrdinalIgnoreCase);
                if (!isPm && !text.StartsWith("AM", StringComparison.OrdinalIgnoreCase))
                {
                    return false;
                }

                fields.IsPm = isPm;
                text = text[2..];
                return true;
            case 'X' or 'x' or 'Z' or 'z':
                return TryReadOffset(ref text, fields);
            case 'G':
                return false;
            default:
                return TryReadNumber(ref text, part, isAbutting, fields);
        }
    }

    private bool TryReadNumber(ref ReadOnlySpan<char> text, Part part, bool isAbutting, Fields fields)
    {
        if (_isLenient)
        {
            text = text.TrimStart(' ');
        }

        // Fixed width where digits follow, and for doubled letters of the strict dialect.
        var isYear = part.Letter is 'y' or 'u' or 'Y';
        var isFraction = part.Letter == 'S' && !_isLenient;
        var max = isAbutting || isFraction ? part.Count : _isLenient ? 9 : part.Count == 1 ? 19 : isYear ? (part.Count == 2 ? 2 : 9) : part.Count;
        var min = _isLenient ? 1 : part.Count;
        var count = 0;
        long value = 0;
        while (count < text.Length && count < max && char.IsAsciiDigit(text[count]))
        {
            value = (value * 10) + text[count] - '0';
            count++;
        }

        if (count < min)
        {
            return false;
        }

        text = text[count..];
        if (isYear && part.Count == 2 && (!_isLenient || count == 2))
        {
            value += _isLenient && value >= 80 ? 1900 : 2000;
        }

        if (isFraction)
        {
            fields.Nanos = (int)(value * (long)Math.Pow(10, 9 - count));
            return true;
        }

        return value <= int.MaxValue && fields.TrySet(part.Letter, (int)value, _isLenient);
    }

    private static bool TryReadName(ref ReadOnlySpan<char> text, string[] names, bool isShort, out int index)
    {
        for (index = 1; index <= names.Length; index++)
        {
            var name = isShort ? names[index - 1].AsSpan(0, 3) : names[index - 1];
            if (text.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                text = text[name.Length..];
                return true;
            }
        }

        return false;
    }

    private static bool TryReadOffset(ref ReadOnlySpan<char> text, Fields fields)
    {
        if (text.StartsWith("Z") || text.StartsWith("UTC") || text.StartsWith("GMT"))
        {
            fields.Offset = 0;
            text = text[(text[0] == 'Z' ? 1 : 3)..];
            return true;
        }

        if (text.Length < 3 || text[0] is not ('+' or '-') || !int.TryParse(text.Slice(1, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var hours))
        {
            return false;
        }

        var sign = text[0] == '-' ? -1 : 1;
        text = text[3..];
        var minutes = 0;
        var rest = text.StartsWith(":") ? text[1..] : text;
        if (rest.Length >= 2 && int.TryParse(rest[..2], NumberStyles.None, CultureInfo.InvariantCulture, out minutes))
        {
            text = rest[2..];
        }

        fields.Offset = sign * ((hours * 3600) + (minutes * 60));
        return true;
    }

    private readonly record struct Part(char Letter, int Count, string Literal);

    private sealed class Fields
    {
        public int Month = 1;
        public int Nanos;
        private int _year = 1970;
        private int _day = 1;
        private int? _dayOfYear;
        private int _hour;
        private int? _hour12;
        private int _minute;
        private int _second;

        public bool? IsPm { get; set; }

        public int? Offset { get; set; }

        public bool TrySet(char letter, int value, bool isLenient)
        {
            switch (letter)
            {
                case 'y' or 'Y':
                case 'u' when !isLenient:
                    _year = value;
                    return true;
                case 'M' or 'L':
                    Month = value;
                    return true;
                case 'd':
                    _day = value;
                    return true;
                case 'D':
                    _dayOfYear = value;
                    return true;
                case 'H':
                    _hour = value;
                    return true;
                case 'k':
                    _hour = value == 24 ? 0 : value;
                    return true;
                case 'h':
                    _hour12 = value == 12 ? 0 : value;
                    return true;
                case 'K':
                    _hour12 = value;
                    return true;
                case 'm':
                    _minute = value;
                    return true;
                case 's':
                    _second = value;
                    return true;
                case 'S':
                    Nanos = value * 1_000_000;
                    return true;
                case 'n':
                    Nanos = value;
                    return true;
                default:
                    return letter is 'u' or 'e' or 'w' or 'Q';
            }
        }

        public bool TryResolve(bool isLenient, out int day, out long nanosOfDay)
        {
            var hour = _hour12 is { } half ? half + (IsPm == true ? 12 : 0) : _hour;
            (day, nanosOfDay) = (0, 0);
            if (!isLenient && (!Calendar.IsValid(_year, Month, Math.Min(_day, 28)) || _day is < 1 or > 31 || hour > 24 || _minute > 59 || _second > 59 || _year > 9999
                || _day > Calendar.DaysInMonth(_year, Month)))
            {
                return false;
            }

            // Lenient: a 13th month is next year's first, a 32nd day lies in the next month, and so on.
            day = Calendar.AddMonths(Calendar.ToDays(_year, 1, 1), Month - 1) + _day - 1;
            if (_dayOfYear is { } dayOfYear)
            {
                day = Calendar.ToDays(_year, 1, 1) + dayOfYear - 1;
            }

            var nanos = ((((hour * 60L) + _minute) * 60) + _second) * 1_000_000_000 + Nanos;
            day += (int)Calendar.FloorDiv(nanos, Calendar.NanosPerDay);
            nanosOfDay = Calendar.FloorMod(nanos, Calendar.NanosPerDay);
            return true;
        }
    }
}

/// <summary>The pattern of the row before, which mostly is the pattern of every row. One task uses an instance at a time.</summary>
internal sealed class DatePatternCache(bool isLenient)
{
    private byte[] _source = [];
    private DatePattern? _pattern;

    public DatePattern Get(ReadOnlySpan<byte> source)
    {
        if (_pattern is null || !source.SequenceEqual(_source))
        {
            _pattern = DatePattern.Parse(Encoding.UTF8.GetString(source), isLenient);
            _source = source.ToArray();
        }

        return _pattern;
    }
}
