import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('products', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductTable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('rate', 'Premium rates'), ('cash_value', 'Cash values')], max_length=12, verbose_name='kind')),
                ('coverage', models.CharField(max_length=20, verbose_name='coverage')),
                ('factors', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None, verbose_name='rating factors')),
            ],
            options={
                'verbose_name': 'product table',
                'verbose_name_plural': 'product tables',
            },
        ),
        migrations.CreateModel(
            name='ProductTableRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(verbose_name='line of the file')),
                ('key', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None, verbose_name='facts')),
                ('values', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=4, max_digits=16), size=None, verbose_name='values')),
            ],
            options={
                'verbose_name': 'table row',
                'verbose_name_plural': 'table rows',
            },
        ),
        migrations.AddConstraint(
            model_name='productversion',
            constraint=models.UniqueConstraint(fields=('digest',), name='product_version_of_files'),
        ),
        migrations.AddField(
            model_name='producttable',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tables', to='products.productversion', verbose_name='version'),
        ),
        migrations.AddField(
            model_name='producttablerow',
            name='table',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='products.producttable', verbose_name='table'),
        ),
        migrations.AddConstraint(
            model_name='producttable',
            constraint=models.UniqueConstraint(fields=('version', 'coverage', 'kind'), name='product_table_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='producttable',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'products_producttable is append-only' USING ERRCODE = '42501';", hash='dd07f25e272fc57feca02304030185b540a66b20', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_42032', table='products_producttable', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='producttablerow',
            constraint=models.UniqueConstraint(fields=('table', 'key'), name='product_table_row_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='producttablerow',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'products_producttablerow is append-only' USING ERRCODE = '42501';", hash='851721db7fcd5f6699fe00a8824fa16f905bbe29', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_dcd6e', table='products_producttablerow', when='BEFORE')),
        ),
    ]
