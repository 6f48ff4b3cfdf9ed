using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>
/// Works out what ALTER TABLE makes of a table, and refuses what would leave it contradicting itself: a column that a computed column, the watermark, the key or the layout
/// needs cannot go. Messages are Flink's.
/// </summary>
internal sealed partial class AlterTableBinder(BindingContext context, TableDefinition table)
{
    private readonly List<TableColumn> _columns = [.. table.Columns];
    private readonly List<TableEdit> _edits = [];
    private readonly TableDefinition _before = table;
    private TableDefinition _after = table;

    /// <summary>The alteration; without steps when nothing changes.</summary>
    /// <exception cref="ArcticException">It makes no sense for this table.</exception>
    public TableAlteration Bind(TableChange change)
    {
        switch (change)
        {
            case TableChange.SetOptions set:
                SetOptions(set);
                break;
            case TableChange.ResetOptions reset:
                ResetOptions(reset);
                break;
            default:
                BindSchemaChange(change);
                break;
        }

        return new TableAlteration(_before, _after, new(_edits));
    }

    private void SetOptions(TableChange.SetOptions set)
    {
        if (set.Options.Count > 0)
        {
            var options = set.Options.Select(o => KeyValuePair.Create(o.Key, o.Value)).ToList();
            _after = _after with { Options = _after.Options.Overlaid(options) };
            _edits.Add(new TableEdit.SetOptions(new TableOptions(options)));
        }
    }

    private void ResetOptions(TableChange.ResetOptions reset)
    {
        if (reset.Keys.Count == 0)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, "ALTER TABLE RESET does not support empty key.");
        }

        if (reset.Keys.Contains("connector"))
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, "ALTER TABLE RESET does not support changing 'connector'.");
        }

        _after = _after with { Options = new TableOptions(_after.Options.Where(o => !reset.Keys.Contains(o.Key))) };
        _edits.Add(new TableEdit.ResetOptions(new(reset.Keys)));
    }

    private void BindSchemaChange(TableChange change)
    {
        try
        {
            Apply(change);
            _after = _after with { Columns = new(_columns) };

            // Reading the table binds its computed columns and its watermark.
            _ = TableScan.Of(_after, _after.Options, null, context);
        }
        catch (ArcticException e)
        {
            throw new ArcticException(e.Code, $"Failed to execute ALTER TABLE statement.\n{e.Message}", e) { Position = e.Position, Hint = e.Hint };
        }
    }

    private void Apply(TableChange change)
    {
        switch (change)
        {
            case TableChange.Add add:
                Add(add.Elements);
                break;
            case TableChange.Modify modify:
                Modify(modify.Elements);
                break;
            case TableChange.DropColumns drop:
                Drop(drop.Columns);
                break;
            case TableChange.RenameColumn rename:
                Rename(rename);
                break;
            case TableChange.SetDistribution distribution:
                SetDistribution(distribution);
                break;
            case TableChange.DropPart part:
                DropPart(part);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(change.GetType().Name);
        }
    }

    private void Add(TableElements elements)
    {
        foreach (var element in elements.Columns)
        {
            AddColumn(element);
        }

        if (ColumnBinder.FindKey(elements.Constraints) is { } key)
        {
            if (_after.PrimaryKey.Count > 0)
            {
                throw BindingErrors.Invalid(
                    key, $"The current table has already defined the primary key constraint [{string.Join(", ", _after.PrimaryKey.Select(SqlPrinter.Quote))}]. You might want to drop it before adding a new one.");
            }

            DeclareKey(key);
        }

        if (elements.Watermarks.FirstOrDefault() is { } watermark)
        {
            if (_after.Watermark is { } existing)
            {
                throw BindingErrors.Invalid(
                    watermark, $"The current table has already defined the watermark strategy `{existing.Column}` AS {existing.Text}. You might want to drop it before adding a new one.");
            }

            DeclareWatermark(watermark);
        }
    }

    private void Modify(TableElements elements)
    {
        foreach (var element in elements.Columns)
        {
            ModifyColumn(element);
        }

        if (ColumnBinder.FindKey(elements.Constraints) is { } key)
        {
            if (_after.PrimaryKey.Count == 0)
            {
                throw BindingErrors.Invalid(key, "The current table does not define any primary key constraint. You might want to add a new one.");
            }

            DeclareKey(key);
        }

        if (elements.Watermarks.FirstOrDefault() is { } watermark)
        {
            if (_after.Watermark is null)
            {
                throw BindingErrors.Invalid(watermark, "The current table does not define any watermark strategy. You might want to add a new one.");
            }

            DeclareWatermark(watermark);
        }
    }

    private void DeclareKey(ConstraintElement key)
    {
        ColumnBinder.MakeKey(key, _columns);
        _after = _after with { PrimaryKey = new(key.Columns.Select(c => c.Name)), PrimaryKeyName = key.Name?.Name };
        _edits.Add(new TableEdit.Declare("the primary key"));
    }

    private void DeclareWatermark(WatermarkElement watermark)
    {
        var bare = _after with { Columns = new(_columns), Watermark = null };
        _after = _after with { Watermark = WatermarkBinder.Bind(watermark, bare, context) };
        _edits.Add(new TableEdit.Declare("the watermark"));
    }

    private void SetDistribution(TableChange.SetDistribution change)
    {
        if (change.IsAdd != _after.Distribution is null)
        {
            throw BindingErrors.Invalid(
                change.Distribution,
                change.IsAdd ? "The current table has already defined a distribution. You can modify it or drop it before adding a new one." : $"Table {_before.Path} does not have a distribution to modify.");
        }

        _after = _after with { Distribution = PartitionBinder.Bind(change.Distribution, _columns) };
        _edits.Add(new TableEdit.Declare("the distribution"));
    }

    private void DropPart(TableChange.DropPart part)
    {
        switch (part.What)
        {
            case "WATERMARK":
                _after = _after.Watermark is null ? throw Refused("The current table does not define any watermark strategy.") : _after with { Watermark = null };
                break;
            case "DISTRIBUTION":
                _after = _after.Distribution is null ? throw Refused($"Table {_before.Path} does not have a distribution to drop.") : _after with { Distribution = null };
                break;
            default:
                DropKey(part.Constraint);
                break;
        }

        _edits.Add(new TableEdit.Declare(part.What switch { "WATERMARK" => "the watermark", "DISTRIBUTION" => "the distribution", _ => "the primary key" }));
    }

    private void DropKey(Identifier? constraint)
    {
        if (_after.PrimaryKey.Count == 0)
        {
            throw Refused("The current table does not define any primary key.");
        }

        var name = _after.PrimaryKeyName ?? TableDefinition.DefaultKeyName(_after.PrimaryKey);
        if (constraint is not null && constraint.Name != name)
        {
            throw BindingErrors.Invalid(constraint, $"The current table does not define a primary key constraint named '{constraint}'. Available constraint name: ['{name}'].");
        }

        _after = _after with { PrimaryKey = [], PrimaryKeyName = null };
    }

    private static ArcticException Refused(string message) => new(ErrorCodes.InvalidStatement, message);
}
