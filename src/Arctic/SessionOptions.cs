using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Dataflow.Jobs;
using Arctic.Storage.S3;

namespace Arctic;

/// <summary>The options of a session: what <c>SET</c> said over the defaults of the code. One task uses it at a time.</summary>
internal sealed class SessionOptions
{
    private static readonly Type[] Records = [typeof(SqlOptions), typeof(JobOptions), typeof(S3Options)];

    // Flink's own groups: scripts written for Flink set keys of these that have no meaning here, and must keep running.
    private static readonly string[] AcceptedGroups =
        ["table.", "sql-client.", "sql-gateway.", "pipeline.", "execution.", "state.", "restart-strategy", "parallelism.", "taskmanager.", "jobmanager.", "rest.", "cluster.", "metrics.", "log.", "classloader.", "materialized-table."];

    private readonly Dictionary<string, string> _initial;
    private readonly Dictionary<string, string> _values;

    public SessionOptions(IReadOnlyDictionary<string, string> initial)
    {
        _initial = new(initial, StringComparer.Ordinal);
        _values = new(initial, StringComparer.Ordinal);
    }

    /// <summary>All options that were set, ordered by key.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Values => _values.OrderBy(v => v.Key, StringComparer.Ordinal).ToList();

    /// <summary>All options that were set, ordered by key, for everybody to see.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ShownValues => Values.Select(v => KeyValuePair.Create(v.Key, IsSecret(v.Key) ? "***" : v.Value)).ToList();

    /// <summary>The SQL options as of now.</summary>
    public SqlOptions Sql => OptionReader.Read<SqlOptions>(_values, "the session");

    /// <summary>The job options as of now.</summary>
    public JobOptions Job => OptionReader.Read<JobOptions>(_values, "the session");

    /// <summary>The session's time zone.</summary>
    public TimeZoneInfo TimeZone => FindTimeZone(Sql.LocalTimeZone);

    /// <summary>Sets an option, when its key is known and its value can be read.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>; nothing has changed.</exception>
    public void Set(string key, string value)
    {
        Check(key, value);
        OptionReader.Read<JobOptions>(new Dictionary<string, string>(_values) { [key] = value }, "the session").Check();
        _values[key] = value;
    }

    /// <summary>Puts an option back to what it was at the session's start.</summary>
    public void Reset(string key)
    {
        if (_initial.TryGetValue(key, out var value))
        {
            _values[key] = value;
        }
        else
        {
            _values.Remove(key);
        }
    }

    /// <summary>Puts every option back to what it was at the session's start.</summary>
    public void ResetAll()
    {
        _values.Clear();
        foreach (var (key, value) in _initial)
        {
            _values[key] = value;
        }
    }

    /// <summary>Refuses a key that nobody knows, or a value that cannot be read.</summary>
    public static void Check(string key, string value)
    {
        var known = Records.SelectMany(OptionReader.OptionsOf).SelectMany(o => o.Option.Aliases.Prepend(o.Option.Key)).ToList();
        if (!known.Contains(key))
        {
            // A key of Flink's that we have no use for is accepted, unless it is nearly one that we have: that is a slip.
            var near = NameSuggestion.Nearest(key, known);
            var isSlip = near is not null && Math.Abs(near.Length - key.Length) <= 2 && near.Zip(key).Count(p => p.First != p.Second) <= Math.Max(3, key.Length / 2);
            if (isSlip || !AcceptedGroups.Any(g => key.StartsWith(g, StringComparison.Ordinal)))
            {
                throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot set '{key}': no option has this key.")
                {
                    Hint = near is null ? "SET without arguments lists the options that are set." : $"Did you mean '{near}'?",
                };
            }

            return;
        }

        var one = new Dictionary<string, string> { [key] = value };
        OptionReader.Read<SqlOptions>(one, "the session");
        OptionReader.Read<JobOptions>(one, "the session");
        OptionReader.Read<S3Options>(one, "the session");
        if (key == "table.local-time-zone")
        {
            FindTimeZone(value);
        }
    }

    private static bool IsSecret(string key) => Records.SelectMany(OptionReader.OptionsOf).Any(o => o.Option.IsSecret && o.Option.Aliases.Prepend(o.Option.Key).Contains(key));

    private static TimeZoneInfo FindTimeZone(string name)
    {
        if (name is "default" or "UTC" or "Z")
        {
            return TimeZoneInfo.Utc;
        }

        var offset = name.StartsWith("GMT", StringComparison.Ordinal) || name.StartsWith("UTC", StringComparison.Ordinal) ? name[3..] : name;
        if (offset.Length > 1 && offset[0] is '+' or '-' && TimeSpan.TryParse(offset[1..], System.Globalization.CultureInfo.InvariantCulture, out var span) && span <= TimeSpan.FromHours(14))
        {
            return TimeZoneInfo.CreateCustomTimeZone(name, offset[0] == '-' ? -span : span, name, name);
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            ? zone
            : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot set 'table.local-time-zone': there is no time zone '{name}'.") { Hint = "Give an IANA name such as 'Europe/Berlin', or an offset such as '+02:00'." };
    }
}
