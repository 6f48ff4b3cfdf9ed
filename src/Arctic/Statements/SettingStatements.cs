using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>SET and RESET.</summary>
internal sealed class SettingStatements(SessionContext context)
{
    public QueryResult Run(Statement statement)
    {
        try
        {
            switch (statement)
            {
                case Statement.Set { Key: null }:
                    return Listing.Of(["key", "value"], context.Options.ShownValues.Select(v => new string?[] { v.Key, v.Value }));
                case Statement.Set set:
                    context.Options.Set(set.Key!, set.Value!);
                    break;
                case Statement.Reset { Key: null }:
                    context.Options.ResetAll();
                    break;
                case Statement.Reset reset:
                    context.Options.Reset(reset.Key!);
                    break;
            }

            context.Slots.Resize(context.Options.Job.TaskSlots);
        }
        catch (ArcticException e) when (e.Position is null)
        {
            throw new ArcticException(e.Code, e.Message, e) { Hint = e.Hint, Position = statement.Position };
        }

        return Listing.Ok;
    }
}
