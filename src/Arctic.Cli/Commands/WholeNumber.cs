using System.CommandLine;
using System.Globalization;

namespace Arctic.Cli.Commands;

/// <summary>Options that take a whole number, and say so in words.</summary>
internal static class WholeNumber
{
    /// <summary>Makes such an option.</summary>
    /// <param name="takes">What it takes, for the message about anything else.</param>
    public static Option<long?> Option(string name, string description, string helpName, long min, string takes) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            var text = result.Tokens is [var token] ? token.Value : "";
            if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min)
            {
                return number;
            }

            result.AddError($"{name} takes {takes}; '{text}' is none.");
            return null;
        },
    };
}
