using System.CommandLine;
using System.Globalization;
using Arctic.Tables;

namespace Arctic.Cli.Commands;

/// <summary>The options that ask for an earlier state of a table; one of them at most.</summary>
internal sealed class MomentOptions
{
    private readonly Option<long?> _snapshot = WholeNumber.Option("--snapshot", "The state of this snapshot.", "ID", long.MinValue, "the id of a snapshot, a whole number");
    private readonly Option<string?> _asOf = new("--as-of") { Description = "The state at this time: 2026-01-31T12:00:00Z (UTC where no zone stands), a date, or epoch milliseconds.", HelpName = "TIME" };
    private readonly Option<string?> _reference = new("--ref") { Description = "The state of this branch or tag.", HelpName = "NAME" };

    public MomentOptions() => _asOf.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<string?>() is { } text && TimeOf(text) is null)
        {
            result.AddError($"'{text}' is not a time: write 2026-01-31T12:00:00Z, a date, or epoch milliseconds.");
        }
    });

    public void AddTo(Command command)
    {
        command.Add(_snapshot);
        command.Add(_asOf);
        command.Add(_reference);
        command.Validators.Add(result =>
        {
            if (new Option[] { _snapshot, _asOf, _reference }.Count(o => result.GetResult(o) is { Implicit: false }) > 1)
            {
                result.AddError("--snapshot, --as-of and --ref say the same thing in three ways: give one of them.");
            }
        });
    }

    public TableMoment? Of(ParseResult parsed) =>
        parsed.GetValue(_snapshot) is { } id ? new TableMoment.Snapshot(id)
        : parsed.GetValue(_asOf) is { } time ? new TableMoment.AsOf(TimeOf(time)!.Value)
        : parsed.GetValue(_reference) is { } name ? new TableMoment.Reference(name)
        : null;

    private static DateTimeOffset? TimeOf(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var millis))
        {
            return millis is >= -62_135_596_800_000 and <= 253_402_300_799_999 ? DateTimeOffset.FromUnixTimeMilliseconds(millis) : null;
        }

        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
    }
}
